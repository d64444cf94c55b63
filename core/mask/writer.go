package mask

import (
	"fmt"
	"io"
	"io/fs"
	"sync"
	"time"
)

// patience returns how long a [Writer] waits for the rest of a possible beginning of a value
// of held bytes. Ordinary text often ends with one or two bytes of such a beginning, and
// seldom with more.
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

// blockLen is the maximum size of a text that is masked at once. It limits the memory of a
// [Writer].
const blockLen = 64 << 10

// A Writer masks a stream. It forwards its input in the same call, in one piece for a call
// of up to 64 KiB. It holds back only an end that may be the beginning of a value, until
// more input arrives. A part of a value that is masked without the rest is replaced at
// once.
//
// If no more input arrives, the held text is written after a time limit, so that a peer
// that waits for it can continue. The limit depends on the length, and counts from the last
// write: 50 ms for one byte, 250 ms for two, 500 ms for three, 2 s for up to seven and 5 s
// for more, but 50 ms for up to seven bytes that end a line. Complete values in it are
// written as marks, and if the rest of a value arrives later, it is masked.
//
// A Writer is safe for concurrent use; each Write is one piece of the stream.
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

// Writer returns a Writer that writes to dst. Call [Writer.Close] at the end of the stream.
func (m *Masker) Writer(dst io.Writer) *Writer {
	w := &Writer{dst: dst}
	if !m.Empty() {
		w.patterns = m.patterns()
	}
	return w
}

// Write masks text and forwards it. The count includes the bytes that are held back. After
// an error of dst, which may also come from writing held text, this and all later calls
// return that error. After Close the error is fs.ErrClosed. Write does not retain the slice.
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

// Close writes the held text and returns the first error of the stream. It does not close
// dst. A second call does nothing and returns the same error.
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

// Use replaces the Masker by m for further input. Held text stays held back, and is
// searched again with m.
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

// Format writes a constant, and none of the held text.
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

// schedule sets the timer for the text that is held back now.
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

// release writes the held text, with complete values masked, and continues to search for
// the rest of a value. It does nothing if there was a write since turn.
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

// send writes p to dst. If dst, against its contract, writes only a part without an error,
// send writes the rest, as long as dst accepts some of it.
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
