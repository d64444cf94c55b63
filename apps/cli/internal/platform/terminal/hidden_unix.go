//go:build !windows

package terminal

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	// tick bounds how long a signal waits while no key is pressed, and tells a
	// lone ESC from a sequence.
	tick = 50 * time.Millisecond
	// quiet is how long nothing comes before a paste counts as over, and drainTime
	// the most that its rest is waited for.
	quiet     = 100 * time.Millisecond
	drainTime = 5 * time.Second
)

// The terminal's modes for marking a paste.
const (
	markPastes   = "\x1b[?2004h"
	unmarkPastes = "\x1b[?2004l"
)

// ends are the signals that end a prompt.
var ends = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// hidden is a prompt at a terminal that does not show what is typed.
type hidden struct {
	tty    *os.File
	out    io.Writer
	label  string
	before *unix.Termios
	hiding bool
	line   line
	more   bool // keys came after the line's end
}

// readHidden prompts for a value at tty without showing it. When it returns, for any reason, the
// terminal is restored, and input beyond the value is discarded.
func readHidden(ctx context.Context, tty *os.File, out io.Writer, label string) (secret.Value, error) {
	caught := make(chan os.Signal, len(ends)+len(signals.Stops))
	signals.Notify(caught, slices.Concat(ends, signals.Stops)...)
	defer signal.Stop(caught)
	h := &hidden{tty: tty, out: out, label: label}
	if err := h.hide(); err != nil {
		return secret.Value{}, err
	}
	err := h.read(ctx, caught)
	if showing := h.show(); showing != nil && err != nil {
		err = errors.Join(err, showing)
	}
	fmt.Fprintln(out)
	switch {
	case err != nil:
		return secret.Value{}, err
	case h.line.long:
		return secret.Value{}, lineTooLong()
	case h.more:
		return secret.Value{}, severalLines()
	}
	return secret.NewValue(h.line.value()), nil
}

// hide makes the terminal pass keys on one by one and show none, and mark what is
// pasted: by lines it cuts off what is longer than 1 KiB to 4 KiB, and says
// nothing. Ctrl-Z comes as a key, so that the terminal is put back before this job
// and every other process of it stops.
func (h *hidden) hide() error {
	if err := awaitForeground(h.tty); err != nil {
		return err
	}
	fd := int(h.tty.Fd())
	before, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil {
		return err
	}
	h.before = before
	mode := *before
	h.line.suspend = 0
	if key := mode.Cc[unix.VSUSP]; key != noKey {
		h.line.suspend = key
	}
	mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	mode.Lflag |= unix.ISIG
	mode.Iflag &^= unix.ICRNL | unix.INLCR | unix.IGNCR | unix.ISTRIP | unix.IXON | unix.PARMRK
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VSUSP] = noKey
	if err := unix.IoctlSetTermios(fd, setMode, &mode); err != nil {
		return err
	}
	h.hiding = true
	h.mark(markPastes)
	fmt.Fprint(h.out, h.label)
	return nil
}

// show restores the terminal's mode and discards its unread input.
func (h *hidden) show() error {
	if !h.hiding {
		return nil
	}
	h.hiding = false
	h.drain()
	h.mark(unmarkPastes)
	return unix.IoctlSetTermios(int(h.tty.Fd()), setModeFlushed, h.before)
}

// mark sets a mode of the terminal, if it may know modes.
func (h *hidden) mark(mode string) {
	if term := os.Getenv("TERM"); term != "" && term != "dumb" {
		_, _ = h.tty.WriteString(mode)
	}
}

// drain reads what comes until nothing more does.
func (h *hidden) drain() {
	buffer := make([]byte, 4096)
	for limit := time.Now().Add(drainTime); time.Now().Before(limit) && !InBackground(h.tty); {
		ready, err := readable(h.tty, quiet)
		if !ready || err != nil {
			return
		}
		n, err := h.tty.Read(buffer)
		h.more = h.more || further(buffer[:n])
		clear(buffer)
		if n == 0 || err != nil {
			return
		}
	}
}

// further reports whether keys after a line are a part of what was pasted: an end
// of the input, which programs type after it, is not. If it was typed while the
// terminal took lines, it is a zero byte here.
func further(keys []byte) bool { return len(bytes.Trim(keys, "\x00\x04")) > 0 }

// read reads up to the end of the line.
func (h *hidden) read(ctx context.Context, caught <-chan os.Signal) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := h.handle(caught); err != nil {
			return err
		}
		if done, err := h.wait(); done || err != nil {
			return err
		}
	}
}

// handle does what a signal asks for, if one came.
func (h *hidden) handle(caught <-chan os.Signal) error {
	select {
	case sig := <-caught:
		if sig == syscall.SIGTSTP {
			return h.suspend(false)
		}
		number, _ := sig.(syscall.Signal)
		return &InterruptedError{Signal: number}
	default:
		return nil
	}
}

// wait waits a tick for keys and takes them. It reports whether the line is
// complete.
func (h *hidden) wait() (bool, error) {
	ready, err := readable(h.tty, tick)
	if err != nil {
		return false, err
	}
	if !ready {
		h.line.idle()
		return false, nil
	}
	buffer := make([]byte, 4096)
	defer clear(buffer)
	n, err := h.tty.Read(buffer)
	switch {
	case n > 0:
		return h.take(buffer[:n])
	case errors.Is(err, io.EOF), errors.Is(err, syscall.EIO): // it has been hung up
		return false, context.Canceled
	}
	return false, err
}

// take takes keys, and reports whether the line is complete.
func (h *hidden) take(keys []byte) (bool, error) {
	for i, key := range keys {
		switch h.line.key(key) {
		case entered:
			h.more = further(keys[i+1:])
			return true, nil
		case ended:
			return true, context.Canceled
		case suspended:
			return false, h.suspend(true)
		case pasted:
			if n := h.line.lines(); n > 1 {
				fmt.Fprintf(h.out, "[%d lines pasted; Enter takes them] ", n)
			}
		}
	}
	return false, nil
}

// suspend restores the terminal and stops this process, with job also the others of its job, and
// prompts again after it is continued. The input so far is kept.
func (h *hidden) suspend(job bool) error {
	more := h.more
	err := h.show()
	h.more = more
	fmt.Fprintln(h.out)
	signals.Suspend(syscall.SIGTSTP, job)
	return errors.Join(err, h.hide())
}
