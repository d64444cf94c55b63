package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"github.com/thv-secrets/thv/core/secret"
)

// readHidden asks for a line at tty, which does not show it. A console does not
// mark pastes: several lines that come at once are a usage error, and all of them
// are discarded.
func readHidden(ctx context.Context, tty *os.File, out io.Writer, label string) (secret.Value, error) {
	fd := int(tty.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return secret.Value{}, err
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
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
	more := discardInput(windows.Handle(fd))
	if restoring := term.Restore(fd, state); restoring != nil && err != nil {
		err = errors.Join(err, restoring)
	}
	switch {
	case err != nil:
		return secret.Value{}, err
	case len(line) > maxLine:
		return secret.Value{}, lineTooLong()
	case more:
		return secret.Value{}, severalLines()
	}
	return secret.NewValue(line), nil
}

// discardInput empties the console's input, and reports whether more was in it
// than the release of the Enter key.
func discardInput(console windows.Handle) bool {
	const release = 2
	var events uint32
	if err := windows.GetNumberOfConsoleInputEvents(console, &events); err != nil {
		return false
	}
	_ = windows.FlushConsoleInputBuffer(console)
	return events > release
}

// discard is discardInput of a console.
func discard(tty *os.File) bool { return discardInput(windows.Handle(tty.Fd())) }
