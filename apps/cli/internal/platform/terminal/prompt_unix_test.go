//go:build !windows

package terminal

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
	"github.com/thv-secrets/thv/core/secret"
)

// typist is what a prompt is written to, and answers each with a line as soon as
// the terminal no longer shows what is typed.
type typist struct {
	keyboard *os.File
	hidden   func() bool
	lines    chan string
	gone     atomic.Bool
	mu       sync.Mutex
	screen   bytes.Buffer
}

func (p *typist) Write(text []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if bytes.HasSuffix(text, []byte(": ")) {
		go p.answer()
	}
	return p.screen.Write(text)
}

func (p *typist) answer() {
	p.waitHidden()
	if line, more := <-p.lines; more {
		_, _ = p.keyboard.WriteString(line)
	}
}

func (p *typist) waitHidden() {
	for range poll.Every(time.Millisecond) {
		if p.hidden() || p.gone.Load() {
			return
		}
	}
}

func (p *typist) seen() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.screen.String()
}

// person is a Streams on a pseudo-terminal, and who sits at the other side of it.
func person(t *testing.T, lines ...string) (*Streams, *typist) {
	t.Helper()
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	fd := int(slave.Fd())
	p := &typist{keyboard: master, hidden: func() bool { return !echoes(fd) }, lines: make(chan string, len(lines))}
	for _, line := range lines {
		p.lines <- line
	}
	close(p.lines)
	t.Cleanup(func() {
		p.gone.Store(true)
		_ = master.Close()
		_ = slave.Close()
	})
	return &Streams{In: slave, Out: slave, Err: p}, p
}

func TestHidden_AnswersTheLine(t *testing.T) {
	s, p := person(t, "typed\n")
	value, err := s.Hidden(context.Background(), "Value: ")
	if err != nil || !value.Equal(secret.NewValue([]byte("typed"))) {
		t.Errorf("err = %v", err)
	}
	if seen := p.seen(); strings.Contains(seen, "typed") || !strings.HasPrefix(seen, "Value: ") {
		t.Errorf("screen: %q", seen)
	}
}

func echoes(fd int) bool {
	mode, err := unix.IoctlGetTermios(fd, getMode)
	return err != nil || mode.Lflag&unix.ECHO != 0
}

func TestHidden_TakesLongLinesWholly(t *testing.T) {
	for _, length := range []int{4095, 4096, 100_000, maxLine} {
		line := strings.Repeat("0123456789abcdef", length/16+1)[:length]
		s, _ := person(t, line+"\n")
		value, err := s.Hidden(context.Background(), "Value: ")
		if err != nil || string(value.Bytes()) != line {
			t.Errorf("%d bytes: %d, %v", length, value.Len(), err)
		}
	}
	s, _ := person(t, strings.Repeat("x", maxLine+1)+"\n")
	_, err := s.Hidden(context.Background(), "Value: ")
	if !errors.Is(err, secret.ErrTooLarge) || !strings.Contains(err.Error(), "--file") || !strings.Contains(err.Error(), "pipe") {
		t.Errorf("one more: %v", err)
	}
}

func TestHidden_EndsOfALine(t *testing.T) {
	for typed, want := range map[string]string{
		"\n": "", "a\r": "a", "ab\x7f\n": "a", "aä\b\n": "a", "\x7fa\n": "a", "wrong\x15right\n": "right",
		"a\x04b\n": "ab", "ab\n\x04": "ab", "one two \x17\n": "one ", "one\x17two\n": "two", "tab\t\xff\n": "tab\t\xff",
		"a\x01b\x00\n": "ab",
	} {
		s, p := person(t, typed)
		value, err := s.Hidden(context.Background(), "Value: ")
		if err != nil || string(value.Bytes()) != want {
			t.Errorf("%q: %q, %v", typed, value.Bytes(), err)
		}
		if p.hidden() {
			t.Errorf("%q: the echo is still off", typed)
		}
	}
}

func TestHidden_CtrlDOnAnEmptyLineIsAnInterrupt(t *testing.T) {
	s, p := person(t, "\x04")
	_, err := s.Hidden(context.Background(), "Value: ")
	if !errors.Is(err, context.Canceled) || ExitCode(err) != ExitInterrupted || p.hidden() {
		t.Errorf("err = %v, hidden %v", err, p.hidden())
	}
}

func TestHidden_SignalsPutTheTerminalBack(t *testing.T) {
	for sig, code := range map[syscall.Signal]int{
		syscall.SIGINT: 130, syscall.SIGTERM: 143, syscall.SIGHUP: 129, syscall.SIGQUIT: 131,
	} {
		if signal.Ignored(sig) {
			t.Logf("%v is ignored since the start of the tests, as under nohup", sig)
			continue
		}
		s, p := person(t)
		go func() {
			p.waitHidden()
			_ = syscall.Kill(os.Getpid(), sig)
		}()
		_, err := s.Hidden(context.Background(), "Value: ")
		if ExitCode(err) != code || err.Error() != "interrupted" || p.hidden() {
			t.Errorf("%v: %v, hidden %v", sig, err, p.hidden())
		}
	}
}

func TestHidden_CancelledPutsTheTerminalBack(t *testing.T) {
	s, p := person(t)
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		p.waitHidden()
		cancel()
	}()
	if _, err := s.Hidden(ctx, "Value: "); err != context.Canceled { //nolint:errorlint // nothing shall be around it
		t.Errorf("err = %v", err)
	}
	if p.hidden() {
		t.Error("the echo is still off")
	}
}

func TestHiddenTwice_WantsTheSameTwice(t *testing.T) {
	s, p := person(t, "one\n", "two\n", "three\n", "three\n")
	value, err := s.HiddenTwice(context.Background(), "New: ", "Again: ")
	if err != nil || !value.Equal(secret.NewValue([]byte("three"))) {
		t.Errorf("err = %v", err)
	}
	if seen := p.seen(); !strings.Contains(seen, "not the same") {
		t.Errorf("screen: %q", seen)
	}
}

func TestConfirm_DefaultsToNo(t *testing.T) {
	for answer, want := range map[string]bool{"y\n": true, "YES\n": true, "\n": false, "n\n": false, "maybe\n": false} {
		s, p := person(t)
		if _, err := p.keyboard.WriteString(answer); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Confirm(context.Background(), "Sure?"); err != nil || got != want {
			t.Errorf("%q: %v, %v", answer, got, err)
		}
	}
}

func TestConfirm_WhereNobodyMayBeAskedNamesYes(t *testing.T) {
	s, _ := person(t)
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
		s, p := person(t)
		if _, err := p.keyboard.WriteString(answer); err != nil {
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
	if s, _ := person(t); !s.Interactive() || !term.IsTerminal(int(s.In.(*os.File).Fd())) {
		t.Error("with one")
	}
}
