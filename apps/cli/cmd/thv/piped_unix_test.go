//go:build !windows

package main

import (
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// An MCP client keeps standard input and output for itself, and may let standard
// error be the terminal that it runs in. A question there would never return.
func TestRun_AsksNobodyWhereStandardInputIsAPipe(t *testing.T) {
	s := newTerminalUser(t)
	s.write("foreign.json", `{"image": "example/probe:1", "secrets": ["api-key"]}`)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"run", "tides"}, "tides needs what nothing supplies"},
		{[]string{"run", "--from-config", filepath.Join(s.folder, "foreign.json")}, "--yes answers the question: api-key goes to image"},
	} {
		ours, theirs, err := pty.Open()
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command(filepath.Join(s.bin, "thv"), c.args...)
		for name, value := range s.vars {
			cmd.Env = append(cmd.Env, name+"="+value)
		}
		if _, err := cmd.StdinPipe(); err != nil { // which stays open
			t.Fatal(err)
		}
		cmd.Stderr = theirs
		cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true, Ctty: 2}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		screen := make(chan string, 1)
		go func() {
			text, _ := io.ReadAll(ours) // until the last end of theirs is closed
			screen <- string(text)
		}()
		hung := time.AfterFunc(time.Minute, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		hung.Stop()
		_ = theirs.Close()
		if said := <-screen; cmd.ProcessState.ExitCode() != 2 || !strings.Contains(said, c.want) {
			t.Errorf("%v ends with %d and says %q", c.args, cmd.ProcessState.ExitCode(), said)
		}
		_ = ours.Close()
	}
}
