//go:build !windows

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// secretive is a shell of a user whose store has the secret k.
func secretive(t *testing.T) (*terminalUser, *dialog) {
	t.Helper()
	s := newTerminalUser(t)
	if _, code := s.run("canary-of-k", "secret", "set", "k"); code != 0 {
		t.Fatalf("secret set ends with %d", code)
	}
	return s, s.shell()
}

// does types a line at the shell, and waits until it shows each of the texts.
func (d *dialog) does(line string, shows ...string) {
	d.t.Helper()
	d.types(line + "\n")
	for _, text := range shows {
		d.sees(text)
	}
}

// asks types a line at the shell's prompt, sees what it prints, and waits for its end.
func (d *dialog) asks(line string, shows ...string) {
	d.t.Helper()
	d.lines++
	d.types(fmt.Sprintf("%s; echo 'end' %d\n", line, d.lines))
	for _, text := range append(shows, fmt.Sprintf("\nend %d", d.lines)) {
		d.sees(text)
	}
	d.sees("ready> ")
}

// cooked sees that the shell has the terminal in its usual mode.
func (d *dialog) cooked() {
	d.t.Helper()
	d.asks(`stty -a | tr -s ' ;' '\n\n' | grep -x -e -*icanon -e -*isig -e -*echo | xargs`, "\nisig icanon echo")
}

// editor is a program that handles Ctrl-Z itself, as editors do: it is told of it, and
// stops itself then.
const editor = `trap 'echo clears; trap - TSTP; kill -TSTP $$; trap "" TSTP; echo draws' TSTP
	echo edits; read line; read line; echo got "$line"`

func TestExec_CtrlZSuspendsAndFgContinues(t *testing.T) {
	s, d := secretive(t)
	s.write("edit", editor)
	for name, c := range map[string]struct{ program, begins, stops, draws, ends string }{
		"a program that knows nothing of it": {`sh -c 'echo begins; read line; echo got $line'`, "begins", "", "", "got typed"},
		"an editor":                          {"bash edit", "edits", "clears", "draws", "got typed"},
	} {
		t.Run(name, func(t *testing.T) {
			d.does("thv exec --secret k -- "+c.program, "\n"+c.begins)
			d.types("\x1a")
			d.sees(c.stops)
			d.sees("Stopped")
			d.sees("ready> ")
			d.cooked()
			d.does("fg", c.draws)
			if name == "an editor" {
				d.types("\n")
			}
			d.does("typed", c.ends, "ready> ")
			d.cooked()
		})
	}
	d.leave()
}

func TestExec_GoesOnInTheBackgroundUntilItReadsTheTerminal(t *testing.T) {
	s, d := secretive(t)
	s.write("work", `echo begins; until [ -e go ]; do sleep 0.05; done; echo works; read line; echo got "$line"`)
	d.does("thv exec --secret k -- bash work", "\nbegins")
	d.types("\x1a")
	d.sees("Stopped")
	d.sees("ready> ")
	d.asks("bg; touch go; until jobs | grep -q Stopped; do sleep 0.05; done", "works")
	d.cooked()
	d.does("fg", "bash work")
	d.does("typed", "got typed", "ready> ")
	d.leave()
}

func TestExec_StartedInTheBackgroundIsBroughtToTheForeground(t *testing.T) {
	_, d := secretive(t)
	d.does("thv exec --secret k -- cat &", "ready> ")
	d.asks("until jobs | grep -q Stopped; do sleep 0.05; done")
	d.does("fg", "thv exec")
	d.does("typed", "typed", "typed")
	d.types("\x1a")
	d.sees("Stopped")
	d.does("fg", "thv exec")
	d.does("more", "more", "more")
	d.types("\x04")
	d.sees("ready> ")
	d.leave()
}

func TestExec_AShellInItHasJobsOfItsOwn(t *testing.T) {
	s, d := secretive(t)
	s.write("rc", "PS1='inner> '\n")
	d.does("thv exec --secret k -- bash --norc --rcfile rc -i", "ready> ")
	d.does("PS1='inner> '", "inner> ")
	// The shell gives the terminal away only after it has shown the line.
	d.does("cat", "cat")
	d.does("begun", "begun", "begun")
	d.types("\x1a")
	d.sees("Stopped")
	d.sees("inner> ")
	d.does("fg", "cat")
	d.does("typed", "typed", "typed")
	d.types("\x03")
	d.sees("inner> ")
	d.does("kill -STOP $$", "Stopped", "ready> ")
	d.cooked()
	d.does("fg", "thv exec")
	d.does("echo in''side", "inside", "inner> ")
	d.does("exit 7", "ready> ")
	d.asks("echo status $?", "status 7")
	d.leave()
}

func TestExec_SignalsThatStopItStopBoth(t *testing.T) {
	t.Parallel()
	s, d := secretive(t)
	for name, redirect := range map[string]string{
		"terminal": "", "output in a file": ">out", "output in a pipe": "| cat",
		"input elsewhere": "</dev/null", "nothing at the terminal": "</dev/null >out 2>&1",
	} {
		t.Run(name, func(t *testing.T) {
			s.write("id", "")
			d.does(`thv exec --secret k -- bash -c 'echo $$ >id; exec sleep 600' `+redirect, "")
			id := s.content("id")
			d.types("\x1a")
			d.sees("Stopped")
			d.sees("ready> ")
			d.asks("ps -o stat= -p "+id+" | cut -c1", "\nT")
			d.cooked()
			d.asks("bg; until ps -o stat= -p " + id + " | grep -q '^[SR]'; do sleep 0.05; done")
			d.asks("kill -TSTP %1; until jobs | grep -q Stopped; do sleep 0.05; done")
			d.asks("ps -o stat= -p "+id+" | cut -c1", "\nT")
			d.does("fg", "thv exec")
			d.interrupts()
			d.cooked()
			d.asks("ps -p "+id+" >/dev/null || echo go''ne", "gone")
		})
	}
	d.leave()
}

// interrupts types Ctrl-C until the shell's prompt is there: the shell names the job
// before it gives it the terminal.
func (d *dialog) interrupts() {
	d.t.Helper()
	before := strings.Count(d.seen(), "ready> ")
	for range poll.Every(300 * time.Millisecond) {
		if strings.Count(d.seen(), "ready> ") != before {
			return
		}
		d.types("\x03")
	}
	d.t.Fatalf("got no prompt after Ctrl-C, want one:\n%s", d.seen())
}

// Its input is not the terminal, so that it is in a group of its own.
func TestExec_SaysThatACommandCannotHaveTheTerminal(t *testing.T) {
	s, d := secretive(t)
	d.types("thv exec --secret k -- sh -c 'read x </dev/tty' </dev/null >out 2>&1\n")
	if said := s.content("out"); !strings.Contains(said, "--no-masking") {
		t.Errorf("it says %q", said)
	}
	d.types("\x03")
	d.sees("ready> ")
	d.leave()
}

// content waits for a file to have a line, and returns it.
func (s *terminalUser) content(name string) string {
	s.t.Helper()
	for range poll.Every(5 * time.Millisecond) {
		text, _ := os.ReadFile(filepath.Join(s.folder, name))
		if line, _, whole := strings.Cut(string(text), "\n"); whole {
			return line
		}
	}
	s.t.Fatalf("%s gets no line", name)
	return ""
}
