//go:build !windows

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// shell is an interactive bash of this user, whose prompt is "ready>".
func (s *terminalUser) shell() *dialog {
	s.t.Helper()
	bash, err := exec.LookPath("bash")
	if err != nil {
		s.t.Skip("there is no bash, whose job control this needs")
	}
	s.vars["PS1"], s.vars["TERM"], s.vars["HISTFILE"] = "ready> ", "xterm", ""
	s.vars["PATH"] = s.bin + string(os.PathListSeparator) + os.Getenv("PATH")
	d := s.startProgram(bash, "--norc", "--noprofile", "--noediting", "-i")
	d.sees("ready> ")
	return d
}

// leave ends the shell.
func (d *dialog) leave() {
	d.t.Helper()
	d.types("exit\n")
	d.ends()
}

const pasted = "-----BEGIN KEY-----\nline two\n-----END KEY-----\n"

func TestSecretSet_TakesAPasteAndNothingOfItReachesTheShell(t *testing.T) {
	s := newTerminalUser(t)
	d := s.shell()
	d.types("thv secret set marked\n")
	d.sees("Value of marked: ")
	d.types("\x1b[200~" + strings.ReplaceAll(pasted, "\n", "\r") + "\x1b[201~\r")
	d.sees("Stored marked.")
	d.sees("ready> ")
	d.types("thv secret set plain\n")
	d.sees("Value of plain: ")
	d.types(pasted)
	d.sees("several lines came at once")
	d.sees("ready> ")
	d.leave()
	if seen := d.seen(); strings.Contains(seen, "BEGIN") || strings.Contains(seen, "line two") || strings.Contains(seen, "END KEY") {
		t.Errorf("the screen shows what was pasted:\n%s", seen)
	}
	if value, code := s.run("", "secret", "get", "marked"); code != 0 || value != strings.TrimSuffix(pasted, "\n") {
		t.Errorf("stored is %q, %d", value, code)
	}
	if _, code := s.run("", "secret", "get", "plain"); code != 3 {
		t.Errorf("of the lines that were not marked something is stored: %d", code)
	}
}

func TestHiddenPrompt_IsSuspendedAndContinued(t *testing.T) {
	s := newTerminalUser(t)
	d := s.shell()
	for _, script := range []string{"thv secret set one", `bash -c "thv secret set one"`} { // alone in its job, or not
		d.types(script + "\n")
		d.sees("Value of one: ")
		d.types("ab\x1b[A\x1a")
		d.sees("Stopped")
		d.sees("ready> ")
		d.types("stty -a | grep -o -- '-*icanon'\n")
		d.sees("\nicanon")
		d.sees("ready> ")
		d.types("fg\n")
		d.sees("Value of one: ")
		d.types("cd\r")
		d.sees("Stored one.")
		d.sees("ready> ")
	}
	// In the background it waits to be asked for.
	d.types("thv secret set two &\n")
	d.sees("ready> ")
	d.types("fg\n")
	d.sees("Value of two: ")
	d.types("xy\r")
	d.sees("Stored two.")
	d.sees("ready> ")
	d.leave()
	for name, want := range map[string]string{"one": "abcd", "two": "xy"} {
		if value, _ := s.run("", "secret", "get", name); value != want {
			t.Errorf("%s is %q", name, value)
		}
	}
	if strings.Contains(d.seen(), "abcd") {
		t.Errorf("the screen shows it:\n%s", d.seen())
	}
}

func (s *terminalUser) start(args ...string) *dialog {
	s.t.Helper()
	return s.startProgram(filepath.Join(s.bin, "thv"), args...)
}
