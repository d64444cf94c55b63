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

// Hidden asks for one line at the terminal without showing it. It asks at the
// controlling terminal, so that standard input may carry data at the same time.
// When it is interrupted, or ctx done, it puts the terminal back and returns
// context.Canceled or ctx's error.
func (s *Streams) Hidden(ctx context.Context, label string) (secret.Value, error) {
	if !s.Interactive() {
		return secret.Value{}, ErrNoTerminal
	}
	tty, closeTTY, err := s.openTTY()
	if err != nil {
		return secret.Value{}, fmt.Errorf("%w (%v)", ErrNoTerminal, err)
	}
	defer closeTTY()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
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

func readHidden(ctx context.Context, tty *os.File, out io.Writer, label string) (secret.Value, error) {
	fd := int(tty.Fd())
	state, err := term.GetState(fd)
	if err != nil {
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
		line, err := term.ReadPassword(fd)
		done <- answer{line, err}
	}()
	select {
	case <-ctx.Done():
		return secret.Value{}, errors.Join(ctx.Err(), term.Restore(fd, state))
	case a := <-done:
		if errors.Is(a.err, io.EOF) {
			return secret.Value{}, context.Canceled
		}
		if a.err != nil {
			return secret.Value{}, a.err
		}
		return secret.NewValue(a.line), nil
	}
}
