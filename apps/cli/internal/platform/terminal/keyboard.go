package terminal

import (
	"fmt"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Keyboard reads a terminal key by key for a workload that has a terminal of its own,
// and only while it is taken: in the background a read would stop this process. It
// may be used by many goroutines; one of them reads.
type Keyboard struct {
	tty          *os.File
	wake, wakeUp *os.File // a pipe that ends a wait for keys

	mu     sync.Mutex
	change *sync.Cond
	before *term.State // the terminal's mode while it is taken, else nil
	ahead  []byte      // what was typed before the terminal was taken
	closed bool
}

// NewKeyboard returns a Keyboard of tty that is not taken. The caller closes it, not
// tty.
func NewKeyboard(tty *os.File) (*Keyboard, error) {
	k := &Keyboard{tty: tty}
	var err error
	if k.wake, k.wakeUp, err = os.Pipe(); err != nil {
		return nil, fmt.Errorf("the terminal: %w", err)
	}
	k.change = sync.NewCond(&k.mu)
	return k, nil
}

// Take puts the terminal into raw mode, in which every key is passed on, also Ctrl-C,
// and begins to read with what was typed before. It does nothing if the terminal is taken, or another job has it.
func (k *Keyboard) Take() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.before != nil || k.closed || InBackground(k.tty) {
		return nil
	}
	k.ahead = append(k.ahead, typedAhead(k.tty)...)
	before, err := term.MakeRaw(int(k.tty.Fd()))
	if err != nil {
		return fmt.Errorf("the terminal: %w", err)
	}
	k.before = before
	k.change.Broadcast()
	return nil
}

// Release puts the terminal back into the mode that it had, and stops reading. It does
// nothing if the terminal is not taken, and leaves its mode alone if another job has it.
func (k *Keyboard) Release() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.before == nil {
		return
	}
	if !InBackground(k.tty) {
		_ = term.Restore(int(k.tty.Fd()), k.before)
	}
	k.before = nil
	_, _ = k.wakeUp.Write([]byte{0})
}

// Close releases the terminal and ends reads with io.EOF.
func (k *Keyboard) Close() {
	k.Release()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.closed = true
	k.change.Broadcast()
}

// Read waits until the terminal is taken and a key is pressed.
func (k *Keyboard) Read(keys []byte) (int, error) {
	for {
		if !k.taken() {
			return 0, io.EOF
		}
		if n := k.readAhead(keys); n > 0 {
			return n, nil
		}
		pressed, err := k.await()
		if err != nil {
			return 0, err
		}
		if pressed {
			return k.tty.Read(keys)
		}
	}
}

// taken waits until the terminal is taken. It is false after Close.
func (k *Keyboard) taken() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for k.before == nil && !k.closed {
		k.change.Wait()
	}
	return !k.closed
}

func (k *Keyboard) readAhead(keys []byte) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	n := copy(keys, k.ahead)
	k.ahead = k.ahead[n:]
	return n
}
