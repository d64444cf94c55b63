//go:build !windows

package terminal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/thv-secrets/thv/core/secret"
)

// person is a Streams on a pseudo-terminal, and the other side of it.
func person(t *testing.T) (s *Streams, keyboard *os.File, screen *bytes.Buffer) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = master.Close()
		_ = slave.Close()
	})
	screen = &bytes.Buffer{}
	return &Streams{In: slave, Out: slave, Err: screen}, master, screen
}

// types waits until the terminal no longer shows what is typed, and types.
func types(t *testing.T, s *Streams, keyboard *os.File, lines ...string) {
	for _, line := range lines {
		until(t, s, false)
		if _, err := keyboard.WriteString(line); err != nil {
			t.Error(err)
		}
		until(t, s, true)
	}
}

// until waits for the terminal's echo to be on or off.
func until(t *testing.T, s *Streams, echo bool) {
	for range 5000 {
		if echoes(t, s) == echo {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Errorf("the echo never becomes %v", echo)
}

func TestHidden_AnswersTheLine(t *testing.T) {
	s, keyboard, screen := person(t)
	go types(t, s, keyboard, "typed\n")
	value, err := s.Hidden(context.Background(), "Value: ")
	if err != nil || !value.Equal(secret.NewValue([]byte("typed"))) {
		t.Errorf("err = %v", err)
	}
	if strings.Contains(screen.String(), "typed") || !strings.HasPrefix(screen.String(), "Value: ") {
		t.Errorf("screen: %q", screen)
	}
}

func TestHidden_CancelledPutsTheTerminalBack(t *testing.T) {
	s, _, _ := person(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		until(t, s, false)
		cancel()
	}()
	if _, err := s.Hidden(ctx, "Value: "); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
	if !echoes(t, s) {
		t.Error("the echo is still off")
	}
}

func TestHiddenTwice_WantsTheSameTwice(t *testing.T) {
	s, keyboard, screen := person(t)
	go types(t, s, keyboard, "one\n", "two\n", "three\n", "three\n")
	value, err := s.HiddenTwice(context.Background(), "New: ", "Again: ")
	if err != nil || !value.Equal(secret.NewValue([]byte("three"))) {
		t.Errorf("err = %v", err)
	}
	if !strings.Contains(screen.String(), "not the same") {
		t.Errorf("screen: %q", screen)
	}
}

func TestConfirm_DefaultsToNo(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "n\n": false, "maybe\n": false} {
		s, keyboard, _ := person(t)
		if _, err := keyboard.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Confirm(context.Background(), "Sure?"); err != nil || got != want {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}

func TestConfirm_WhereNobodyMayBeAskedNamesYes(t *testing.T) {
	s, _, _ := person(t)
	s.NoInput = true
	_, err := s.Confirm(context.Background(), "Sure?")
	if err == nil || !strings.Contains(err.Error(), "--yes") || ExitCode(err) != ExitUsage {
		t.Errorf("err = %v", err)
	}
	if _, err := s.Hidden(context.Background(), "Value: "); !errors.Is(err, ErrNoTerminal) {
		t.Errorf("Hidden: %v", err)
	}
}

func TestChoose_TakesANumberOrAName(t *testing.T) {
	options := []string{"encrypted", "environment"}
	for answer, want := range map[string]string{"\n": "encrypted", "2\n": "environment", "environment\n": "environment", "9\n2\n": "environment"} {
		s, keyboard, _ := person(t)
		if _, err := keyboard.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Choose(context.Background(), "Where?", options, "encrypted"); err != nil || got != want {
			t.Errorf("%q: %q, %v", answer, got, err)
		}
	}
}

func TestInteractive_NeedsATerminal(t *testing.T) {
	if (&Streams{In: strings.NewReader(""), Err: &bytes.Buffer{}}).Interactive() {
		t.Error("without a terminal")
	}
	if s, _, _ := person(t); !s.Interactive() || !term.IsTerminal(int(s.In.(*os.File).Fd())) {
		t.Error("with one")
	}
}
