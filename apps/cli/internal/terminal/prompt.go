package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"github.com/thv-secrets/thv/core/secret"
)

// ErrNoTerminal is the answer of a prompt where nobody may be asked.
var ErrNoTerminal = errors.New("there is no terminal to ask at, or --no-input is given")

// maxLine is the most bytes of a line that is typed or pasted.
const maxLine = 1 << 20

func lineTooLong() error {
	return fmt.Errorf("%w: a line at a prompt has at most %d MiB; put it into a file (--file, or --password-file for a password) or pipe it in",
		secret.ErrTooLarge, maxLine>>20)
}

// Hidden asks for one line at the terminal without showing it. It asks at the
// controlling terminal, so that standard input may carry data at the same time.
// When it is interrupted it puts the terminal back and returns an
// *InterruptedError, or context.Canceled for the end of the input; when ctx is
// done, ctx's error. A line longer than 1 MiB is secret.ErrTooLarge.
func (s *Streams) Hidden(ctx context.Context, label string) (secret.Value, error) {
	if !s.Interactive() {
		return secret.Value{}, ErrNoTerminal
	}
	tty, closeTTY, err := s.openTTY()
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w (%v)", ErrNoTerminal, err)
	}
	defer closeTTY()
	return readHidden(ctx, tty, s.Err, label)
}

// HiddenTwice asks twice and answers once both are the same and not empty. It
// gives up after three tries.
func (s *Streams) HiddenTwice(ctx context.Context, label, again string) (secret.Value, error) {
	for range 3 {
		first, err := s.Hidden(ctx, label)
		if err != nil {
			return secret.Value{}, err
		}
		if first.Len() == 0 {
			fmt.Fprintln(s.Err, "It must not be empty.")
			continue
		}
		second, err := s.Hidden(ctx, again)
		if err != nil {
			return secret.Value{}, err
		}
		if first.Equal(second) {
			return first, nil
		}
		fmt.Fprintln(s.Err, "The two are not the same.")
	}
	return secret.Value{}, Usagef("nothing was typed twice the same in three tries")
}

func (s *Streams) openTTY() (*os.File, func(), error) {
	if file, ok := s.In.(*os.File); ok && IsTerminal(file) {
		return file, func() {}, nil
	}
	tty, err := os.OpenFile(ttyPath, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	return tty, func() { _ = tty.Close() }, nil
}

// readHidden reads a line at tty while nothing of it is shown. The terminal is
// as before when it returns, whatever the end.
func readHidden(ctx context.Context, tty *os.File, out io.Writer, label string) (secret.Value, error) {
	fd := int(tty.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return secret.Value{}, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, ends...)
	defer signal.Stop(signals)
	if err := hideKeys(tty); err != nil {
		return secret.Value{}, err
	}
	fmt.Fprint(out, label)
	defer fmt.Fprintln(out)
	type answer struct {
		line []byte
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		line, err := readLine(tty)
		done <- answer{line, err}
	}()
	var line []byte
	select {
	case sig := <-signals:
		number, _ := sig.(syscall.Signal)
		err = &InterruptedError{Signal: number}
	case <-ctx.Done():
		err = ctx.Err()
	case a := <-done:
		if line, err = a.line, a.err; errors.Is(err, io.EOF) {
			err = context.Canceled
		}
	}
	if restoring := term.Restore(fd, state); restoring != nil && err != nil {
		err = errors.Join(err, restoring)
	}
	if err != nil {
		return secret.Value{}, err
	}
	return secret.NewValue(line), nil
}
