package terminal

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// Confirm asks a yes-or-no question whose default is no. If the user cannot be asked,
// the error is a usage error that names --yes.
func (s *Streams) Confirm(ctx context.Context, question string) (bool, error) {
	answer, err := s.ask(ctx, Indented(question)+" [y/N] ")
	if err != nil {
		return false, fmt.Errorf("%w; --yes answers the question: %s", err, question)
	}
	return strings.EqualFold(answer, "y") || strings.EqualFold(answer, "yes"), nil
}

// Choose asks for one of options by number or name; an empty answer is the
// default.
func (s *Streams) Choose(ctx context.Context, question string, options []string, byDefault string) (string, error) {
	fmt.Fprintln(s.Err, question)
	for i, option := range options {
		fmt.Fprintf(s.Err, "  %d  %s\n", i+1, option)
	}
	for range 3 {
		answer, err := s.ask(ctx, fmt.Sprintf("Number or name [%s]: ", byDefault))
		if err != nil {
			return "", err
		}
		if answer == "" {
			return byDefault, nil
		}
		if n, err := strconv.Atoi(answer); err == nil && n >= 1 && n <= len(options) {
			return options[n-1], nil
		}
		if slices.Contains(options, answer) {
			return answer, nil
		}
		fmt.Fprintln(s.Err, "Type one of the numbers or names.")
	}
	return "", secret.Usagef("none of the choices was chosen in three tries")
}

// Visible asks for one line at the terminal, which is shown as it is typed, without the
// spaces around it. The error is a usage error if the user cannot be asked, and if
// several lines come at once; the lines are then discarded, so that neither the next
// prompt nor the shell reads them.
func (s *Streams) Visible(ctx context.Context, label string) (string, error) {
	text, err := s.ask(ctx, label)
	if err != nil {
		return "", err
	}
	tty, closeTTY, err := s.openTTY()
	if err != nil {
		return "", &secret.UsageError{Err: ErrNoTerminal}
	}
	defer closeTTY()
	if discard(tty) {
		return "", severalLines()
	}
	return text, nil
}

// ask reads one visible line from the terminal.
func (s *Streams) ask(ctx context.Context, prompt string) (string, error) {
	if !s.Interactive() {
		return "", &secret.UsageError{Err: ErrNoTerminal}
	}
	tty, closeTTY, err := s.openTTY()
	if err != nil {
		return "", &secret.UsageError{Err: ErrNoTerminal}
	}
	defer closeTTY()
	fmt.Fprint(s.Err, prompt)
	line := make(chan string, 1)
	go func() {
		text, _ := bufio.NewReaderSize(tty, 1).ReadString('\n')
		line <- text
	}()
	select {
	case text := <-line:
		if text == "" {
			return "", context.Canceled
		}
		return strings.TrimSpace(text), nil
	case <-ctx.Done():
		fmt.Fprintln(s.Err)
		return "", ctx.Err()
	}
}
