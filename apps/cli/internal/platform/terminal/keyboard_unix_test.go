//go:build !windows

package terminal

import (
	"io"
	"testing"

	"github.com/creack/pty"
)

// What was typed before the terminal was taken arrives, with ends of input as Ctrl-D
// for the terminal of the workload.
func TestKeyboard_PassesOnWhatWasTypedBefore(t *testing.T) {
	for typed, want := range map[string]string{
		"": "x", "\x04": "\x04x", "one\ntwo\n": "one\ntwo\nx", "one\n\x04": "one\n\x04x", "half\x04": "half\x04x", "half": "halfx",
	} {
		master, slave, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := master.WriteString(typed); err != nil {
			t.Fatal(err)
		}
		k, err := NewKeyboard(slave)
		if err != nil {
			t.Fatal(err)
		}
		if err := k.Take(); err != nil {
			t.Fatal(err)
		}
		if _, err := master.WriteString("x"); err != nil {
			t.Fatal(err)
		}
		got := make([]byte, len(want))
		if _, err := io.ReadFull(k, got); err != nil || string(got) != want {
			t.Errorf("%q: got %q, %v, want %q", typed, got, err, want)
		}
		k.Close()
		_, _ = master.Close(), slave.Close()
	}
}
