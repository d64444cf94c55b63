package mask

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// How long a Writer waits for the rest of what may be the beginning of a value.
const (
	shortIdle = 20 * time.Millisecond // under MinLen bytes, which ordinary text often ends in
	longIdle  = time.Second
)

// blockLen bounds what is masked at once, and so a Writer's memory.
const blockLen = 64 << 10

// A Writer masks a stream. What it gets is written on in the same call, in one
// piece for a call of up to 64 KiB, except for an end that may be the beginning
// of a value: that is at most 255 bytes, and is held back until more comes.
//
// If nothing more comes, it is written all the same, so that a peer that waits
// for it is not kept waiting: after 20 ms where it is shorter than MinLen, else
// after 1 s. A value that a program prints in parts with such pauses between
// them is therefore not masked wholly: the part before the pause is printed, the
// rest is masked when it comes.
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

// Format writes nothing of what w holds.
func (w *Writer) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, "mask.Writer") }

func (w *Writer) mask(block []byte, final bool) {
	w.text = append(w.text, block...)
	w.masked = w.patterns.advance(w.masked[:0], w.text, &w.cursor, final)
	kept := w.cursor.next
	w.text = w.text[:copy(w.text, w.text[kept:])]
	w.cursor = cursor{done: w.cursor.done - kept, region: max(0, w.cursor.region-kept)}
	w.send(w.masked)
}

// schedule makes the timer fit what is held back now.
func (w *Writer) schedule() {
	w.turn++
	if w.timer != nil {
		w.timer.Stop()
	}
	held := len(w.text) - w.cursor.done
	if held <= 0 || w.err != nil {
		return
	}
	wait := longIdle
	if held < MinLen {
		wait = shortIdle
	}
	turn := w.turn
	w.timer = time.AfterFunc(wait, func() { w.release(turn) })
}

// release writes what is held back but goes on looking for its rest. A write
// that came in between has made turn void.
func (w *Writer) release(turn int) {
	w.mutex.Lock()
	defer w.mutex.Unlock()
	if turn != w.turn {
		return
	}
	held := w.text[w.cursor.done:]
	w.cursor.done = len(w.text)
	w.send(held)
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
