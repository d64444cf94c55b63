package terminal

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/thv-secrets/thv/core/secret"
)

// ErrNoTerminal is returned by a prompt if the user cannot be asked.
var ErrNoTerminal = errors.New("there is no terminal to ask at, or --no-input is given")

// ErrNothingDone marks a question that a user answered with no.
var ErrNothingDone = errors.New("nothing was done")

// maxLine is the most bytes of a line that is typed or pasted.
const maxLine = 1 << 20

func lineTooLong() error {
	return fmt.Errorf("%w: a line at a prompt has at most %d MiB; put it into a file (--file, or --password-file for a password) or pipe it in",
		secret.ErrTooLarge, maxLine>>20)
}

func severalLines() error {
	return secret.Usagef("several lines came at once, and this terminal does not mark them as one paste; none of them was taken. " +
		"Put them into a file (--file, or --password-file for a password) or pipe them in")
}

// Hidden asks for a value at the terminal without showing it: a line, or a paste of
// several if the terminal marks one (bracketed paste). Of a paste every line end is
// \n, and one at its end does not count. Several lines that are not marked are a
// usage error. It asks at the controlling terminal, so that standard input may carry
// data at the same time.
//
// Whatever the end, it puts the terminal back and discards what was typed or pasted
// beyond the value. When it is interrupted it returns an *InterruptedError, or
// context.Canceled for the end of the input; when ctx is done, ctx's error. A value
// longer than 1 MiB is secret.ErrTooLarge. SIGTSTP and Ctrl-Z stop the job, and it
// asks again when that is continued.
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

// HiddenTwice asks twice, and returns the value once both are the same and not empty.
// It gives up after three tries.
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
	return secret.Value{}, secret.Usagef("nothing was typed twice the same in three tries")
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
