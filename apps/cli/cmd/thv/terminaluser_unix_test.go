//go:build !windows

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// terminalUser is a user at a terminal.
type terminalUser struct {
	*home
	bin string
}

func newTerminalUser(t *testing.T) *terminalUser {
	s := &terminalUser{home: newHome(t)}
	s.bin = filepath.Join(s.folder, "bin")
	if err := besideEngine(s.bin); err != nil {
		t.Fatal(err)
	}
	s.write("servers.json", servers)
	s.write("config/toolhive/config.yaml", "registry_path: "+filepath.Join(s.folder, "servers.json")+"\n")
	return s
}

// dialog is a command in a pseudo-terminal.
type dialog struct {
	t        *testing.T
	keyboard *os.File
	cmd      *exec.Cmd
	mu       sync.Mutex
	screen   bytes.Buffer
	read     int
	lines    int           // that a shell was asked
	done     chan struct{} // the command has ended, and the screen has all that it printed
	drained  chan struct{}
}

// endMark is written to the terminal after a command's end, and is not kept: what comes
// before it on the screen is all that the command has printed.
const endMark = "\x00end of the command\x00"

func (s *terminalUser) startProgram(path string, args ...string) *dialog {
	s.t.Helper()
	cmd := exec.Command(path, args...)
	for name, value := range s.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Dir = s.folder
	keyboard, theirs, err := pty.Open()
	if err != nil {
		s.t.Fatal(err)
	}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = theirs, theirs, theirs
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	d := &dialog{t: s.t, keyboard: keyboard, cmd: cmd, done: make(chan struct{}), drained: make(chan struct{})}
	before, err := term.GetState(int(theirs.Fd()))
	if err != nil {
		s.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	go func() { _, _ = io.Copy(d, keyboard) }()
	go func() {
		defer close(d.done)
		_ = cmd.Wait()
		_, _ = theirs.WriteString(endMark)
		select {
		case <-d.drained:
		case <-time.After(time.Minute):
		}
	}()
	s.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-d.done
		after, err := term.GetState(int(theirs.Fd()))
		if err != nil || *after != *before {
			s.t.Errorf("the terminal is not as before: %v", err)
		}
		_, _ = keyboard.Close(), theirs.Close()
	})
	return d
}

// Write is what appears on the screen.
func (d *dialog) Write(text []byte) (int, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_, _ = d.screen.Write(text)
	if before, after, found := strings.Cut(d.screen.String(), endMark); found {
		d.screen.Reset()
		d.screen.WriteString(before + after)
		close(d.drained)
	}
	return len(text), nil
}

// sees waits for a text after what was seen before. A prompt is written once the
// terminal hides what is typed.
func (d *dialog) sees(text string) {
	d.t.Helper()
	for range poll.Every(2 * time.Millisecond) {
		over := d.over()
		d.mu.Lock()
		at := strings.Index(d.screen.String()[d.read:], text)
		if at >= 0 {
			d.read += at + len(text)
		}
		d.mu.Unlock()
		if at >= 0 {
			return
		}
		if over {
			break
		}
	}
	d.t.Fatalf("%q does not appear on the screen:\n%s", text, d.seen())
}

// over reports whether the command has ended; nothing more is to be seen then.
func (d *dialog) over() bool {
	select {
	case <-d.done:
		return true
	default:
		return false
	}
}

func (d *dialog) types(keys string) {
	d.t.Helper()
	if _, err := d.keyboard.WriteString(keys); err != nil {
		d.t.Fatal(err)
	}
}

func (d *dialog) seen() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.screen.String()
}

// ends waits for the end, and answers the exit code a shell would.
func (d *dialog) ends() int {
	d.t.Helper()
	select {
	case <-d.done:
	case <-time.After(time.Minute):
		d.t.Fatalf("it does not end:\n%s", d.seen())
	}
	if status, is := d.cmd.ProcessState.Sys().(syscall.WaitStatus); is && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return d.cmd.ProcessState.ExitCode()
}

// stored are the names of the system's secrets.
func (s *terminalUser) stored() string {
	s.t.Helper()
	names, code := s.run("", "secret", "list", "--system")
	if code != 0 {
		s.t.Fatalf("secret list ends with %d", code)
	}
	return strings.Join(strings.Fields(names), " ")
}

func (s *terminalUser) config(name string) string {
	return filepath.Join(s.folder, "state", "toolhive", "runconfigs", name+".json")
}

// saved is the RunConfig of that name.
func (s *terminalUser) saved(name string) string {
	s.t.Helper()
	text, err := os.ReadFile(s.config(name))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(text)
}
