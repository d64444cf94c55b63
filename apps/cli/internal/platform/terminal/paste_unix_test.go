//go:build !windows

package terminal

import (
	"context"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
	"golang.org/x/term"
)

const pem = "-----BEGIN KEY-----\nbGluZSBvbmU\n\nbGluZSB0d28=\n-----END KEY-----"

func marked(text string) string { return "\x1b[200~" + text + "\x1b[201~" }

func TestHidden_TakesAMarkedPasteWhole(t *testing.T) {
	big := strings.Repeat("0123456789\n", 20_000) + "end"
	for typed, want := range map[string]string{
		marked(pem) + "\r":                                   pem,
		marked(pem+"\n") + "\r":                              pem,
		marked(strings.ReplaceAll(pem, "\n", "\r")) + "\n":   pem,
		marked(strings.ReplaceAll(pem, "\n", "\r\n")) + "\n": pem,
		"a" + marked("b\nc") + "d\r":                         "ab\ncd",
		marked("one") + marked("two\n") + "\r":               "onetwo",
		marked("tab\tctrl\x01 \x1b[A \x1b[20 ä") + "\r":      "tab\tctrl\x01 \x1b[A \x1b[20 ä",
		marked("wrong\nvalue") + "\x15right\r":               "right",
		marked("two\nwords wrong") + "\x17\x7f\r":            "two\nwords",
		marked(big) + "\r":                                   big,
	} {
		s, p := person(t, typed)
		value, err := s.Hidden(context.Background(), "Value: ")
		if err != nil || string(value.Bytes()) != want {
			t.Errorf("%.80q: %.80q, %v", typed, value.Bytes(), err)
		}
		if strings.Contains(p.seen(), "KEY") {
			t.Errorf("screen: %q", p.seen())
		}
	}
}

func TestHidden_TakesNothingOfLinesThatAreNotMarked(t *testing.T) {
	for _, typed := range []string{pem + "\n", "one\ntwo", "one\r\ntwo\r\n", strings.Repeat("line\n", 10_000)} {
		s, p := person(t, typed)
		value, err := s.Hidden(context.Background(), "Value: ")
		if ExitCode(err) != ExitUsage || value.Len() != 0 {
			t.Errorf("%.30q: %q, %v", typed, value.Bytes(), err)
		}
		if p.hidden() || left(t, s) {
			t.Errorf("%.30q: hidden %v, or something is left to the shell", typed, p.hidden())
		}
	}
}

func TestVisible_TakesNothingOfSeveralLines(t *testing.T) {
	s, p := person(t)
	if _, err := p.keyboard.WriteString("one\ntwo\nthree\n"); err != nil {
		t.Fatal(err)
	}
	text, err := s.Visible(context.Background(), "City: ")
	if ExitCode(err) != ExitUsage || text != "" || left(t, s) {
		t.Errorf("%q, %v, or something is left to the shell", text, err)
	}
}

// left reports whether there is typed input that was not read.
func left(t *testing.T, s *Streams) bool {
	t.Helper()
	fd := int(s.In.(*os.File).Fd())
	state, err := term.MakeRaw(fd) // in which an unfinished line counts, too
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = term.Restore(fd, state) }()
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0)
	if err != nil {
		t.Fatal(err)
	}
	return n > 0
}

func TestHidden_KeysThatSendSequencesAreNotTheValues(t *testing.T) {
	for _, keys := range []string{
		"\x1b[A", "\x1b[1;5D", "\x1bOP", "\x1b[3~", "\x1b[[A", "\x1bx", "\x1b[?1;2c", "\x1b]11;rgb:0/0/0\a", "\x1b]11;x\x1b\\", "\x1bP1$r0m\x1b\\", "\x01", "\x05",
	} {
		s, _ := person(t, "va"+keys+"lue\r")
		value, err := s.Hidden(context.Background(), "Value: ")
		if err != nil || string(value.Bytes()) != "value" {
			t.Errorf("%q: %q, %v", keys, value.Bytes(), err)
		}
	}
}
