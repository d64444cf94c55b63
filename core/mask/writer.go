package mask

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// patience is how long a Writer waits for the rest of what may be the beginning
// of a value and is held bytes long. Ordinary text often ends in a byte or two
// that a form begins with, and seldom in more.
func patience(held int, endsLine bool) time.Duration {
	switch {
	case held < 2 || endsLine && held < 8:
		return 50 * time.Millisecond
	case held < 3:
		return 250 * time.Millisecond
	case held < 4:
		return 500 * time.Millisecond
	case held < 8:
		return 2 * time.Second
	}
	return 5 * time.Second
}

// blockLen bounds what is masked at once, and so a Writer's memory.
const blockLen = 64 << 10

// A Writer masks a stream. What it gets is written on in the same call, in one
// piece for a call of up to 64 KiB, except for an end that may be the beginning
// of a value, which is held back until more comes. What is already as much of a
// value as is masked without the rest, is marked at once.
//
// If nothing more comes, it is written all the same, so that a peer that waits
// for it is not kept waiting. The longer the beginning, the longer the wait,
// counted from the last write: a byte 50 ms, two bytes 250 ms, three 500 ms, up
// to seven 2 s, more 5 s; but 50 ms for up to seven bytes that end a line. What
// is masked by then is written as a mark, and the rest of the value is masked
// when it comes.
//
// A Writer may be used by many goroutines; each Write is then one piece of the
// stream.
type Writer struct {
	dst      io.Writer
	patterns *patterns // nil masks nothing

	mutex  sync.Mutex
	text   []byte // from the first undecided byte on
	cursor cursor // in text
	masked []byte // reused by each write
	timer  *time.Timer
	turn   int // the number of the last write; a timer of an earlier one is void
	closed bool
	err    error
}

// Writer returns a Writer on dst. Close must be called at the end of the stream.
func (m *Masker) Writer(dst io.Writer) *Writer {
	w := &Writer{dst: dst}
	if !m.Empty() {
		w.patterns = m.patterns()
	}
	return w
}

// Write masks text and writes it on. Its count is that of the bytes taken, which
// includes those held back. After an error of dst, also a late one from writing
// what was held back, it and all later ones return that error; after Close it
// is fs.ErrClosed. The slice stays the caller's.
func (w *Writer) Write(text []byte) (int, error) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.closed {
		return 0, fmt.Errorf("mask: %w", fs.ErrClosed)
	}
	taken := 0
	for taken < len(text) && w.err == nil {
		block := text[taken:min(len(text), taken+blockLen)]
		if w.patterns == nil {
			w.send(block)
		} else {
			w.mask(block, false)
		}
		if w.err == nil {
			taken += len(block)
		}
	}
	w.schedule()
	return taken, w.err
}

// Close writes what is held back and returns the stream's first error. It does
// not close dst. Calling it again does nothing and returns the same.
func (w *Writer) Close() error {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if !w.closed && w.err == nil && w.patterns != nil {
		w.mask(nil, true)
	}
	w.closed, w.text, w.masked = true, nil, nil
	w.schedule()
	return w.err
}

// Use masks what comes from now on with m. What is held back stays so, and is
// looked at again with m.
func (w *Writer) Use(m *Masker) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if w.closed {
		return
	}
	if m.Empty() {
		if w.patterns != nil && w.err == nil {
			w.mask(nil, true)
		}
		w.patterns = nil
		w.schedule()
		return
	}
	w.patterns = m.patterns()
	if w.err == nil {
		w.mask(nil, false)
	}
	w.schedule()
}

// Format writes nothing of what w holds.
func (w *Writer) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "mask.Writer") }

func (w *Writer) mask(block []byte, final bool) {
	w.text = append(w.text, block...)
	w.masked = w.patterns.advance(w.masked[:0], w.text, &w.cursor, final)
	kept, before := w.cursor.next, w.cursor.before
	if kept > 0 {
		before = w.text[kept-1]
	}
	w.text = w.text[:copy(w.text, w.text[kept:])]
	w.cursor = cursor{done: w.cursor.done - kept, region: max(0, w.cursor.region-kept), before: before}
	w.send(w.masked)
}

// schedule makes the timer fit what is held back now.
func (w *Writer) schedule() {
	w.turn++
	if w.timer != nil {
		w.timer.Stop()
	}
	if len(w.text) <= w.cursor.done || w.err != nil {
		return
	}
	turn := w.turn
	wait := patience(len(w.text)-w.cursor.next, w.text[len(w.text)-1] == '\n')
	w.timer = time.AfterFunc(wait, func() { w.release(turn) })
}

// release writes what is held back, with what is whole in it masked, but goes on
// looking for its rest. A write that came in between has made turn void.
func (w *Writer) release(turn int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if turn != w.turn {
		return
	}
	ended := w.cursor
	w.masked = w.patterns.advance(w.masked[:0], w.text, &ended, true)
	w.cursor.done, w.cursor.region = len(w.text), ended.region
	w.send(w.masked)
}

// send writes p to dst; a dst that writes less than it was given without an
// error, against its contract, gets the rest as long as it takes some.
func (w *Writer) send(p []byte) {
	for len(p) > 0 && w.err == nil {
		n, err := w.dst.Write(p)
		if err == nil && (n <= 0 || n > len(p)) {
			err = io.ErrShortWrite
		}
		if w.err = err; err == nil {
			p = p[n:]
		}
	}
}
