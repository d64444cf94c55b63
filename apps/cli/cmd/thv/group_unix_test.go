//go:build !windows

package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// A program that a signal's target has started ends with it, and so does what the
// program has started, whatever it was doing.
func TestProgram_ItsProcessGroupEndsWithASignal(t *testing.T) {
	// What is caught here, thv inherits as it is by default, and not ignored, as
	// under nohup.
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(caught) })
	for _, mode := range []string{"fork-silent", "fork-serve"} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(fmt.Sprintf("%s-%v", mode, sig), func(t *testing.T) {
				t.Parallel()
				h := newHome(t)
				pidFile := filepath.Join(h.folder, "pid")
				h.write("config/toolhive/config.yaml", fmt.Sprintf("secrets:\n  providers:\n    forking: {command: [probe, provider, %s], env: [PID_FILE=%s]}\n", mode, pidFile))
				cmd := exec.Command("thv", "exec", "--secret", "forking://x,target=X", "--", "probe", "status", "0")
				for name, value := range h.vars {
					cmd.Env = append(cmd.Env, name+"="+value)
				}
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				pid := awaitPID(t, pidFile)
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				var exit *exec.ExitError
				if err := cmd.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 128+int(sig) {
					t.Errorf("it ends with %v, want exit code %d", err, 128+int(sig))
				}
				if !ends(pid) {
					t.Error("what the program started goes on")
				}
			})
		}
	}
}

// A signal that thv was started to ignore stays ignored.
func TestProgram_IgnoredSignalsEndNothing(t *testing.T) {
	h := newHome(t)
	h.write("plan", `{"values": {"x": "1"}}`)
	h.write("config/toolhive/config.yaml", fmt.Sprintf(
		"secrets:\n  providers:\n    forking: {command: [probe, provider, fork-answer], env: [PID_FILE=%[1]s/pid, PLAN_FILE=%[1]s/plan, WAIT=1]}\n", h.folder))
	cmd := exec.Command("sh", "-c", "trap '' HUP; exec thv exec --secret forking://x,target=X -- probe status 0")
	for name, value := range h.vars {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitPID(t, filepath.Join(h.folder, "pid"))
	if err := cmd.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v", err)
	}
}

// And without a signal: no program outlives the command that needed it.
func TestProgram_ItsProcessGroupEndsWithTheCommand(t *testing.T) {
	h := newHome(t)
	pidFile := filepath.Join(h.folder, "pid")
	h.write("config/toolhive/config.yaml", fmt.Sprintf("secrets:\n  providers:\n    forking: {command: [probe, provider, fork-serve], timeout: 500ms, env: [PID_FILE=%s]}\n", pidFile))
	if _, code := h.run("", "secret", "get", "forking://x"); code != 6 {
		t.Errorf("it ends with %d", code)
	}
	if !ends(awaitPID(t, pidFile)) {
		t.Error("what the program started goes on")
	}
}

// Nor the command that thv replaces itself by.
func TestProgram_ItsProcessGroupEndsBeforeTheWorkload(t *testing.T) {
	for _, more := range [][]string{nil, {"--no-masking"}} {
		h := newHome(t)
		pidFile, planFile := filepath.Join(h.folder, "pid"), filepath.Join(h.folder, "plan")
		h.write("plan", `{"values": {"x": "1"}}`)
		h.write("config/toolhive/config.yaml", fmt.Sprintf(
			"secrets:\n  providers:\n    forking: {command: [probe, provider, fork-answer], env: [PID_FILE=%s, PLAN_FILE=%s]}\n", pidFile, planFile))
		args := append([]string{"exec", "--secret", "forking://x,target=X"}, more...)
		out, code := h.run("", append(args, "--", "sh", "-c", "pid=$(cat "+pidFile+"); "+
			"grep -qs 'State:.*Z' /proc/$pid/status || { kill -0 $pid 2>/dev/null && echo there; }; exit 0")...)
		if code != 0 || out != "" {
			t.Errorf("%v: exit code %d, and what the program started is %s", more, code, out)
		}
		if !ends(awaitPID(t, pidFile)) {
			t.Error("what the program started goes on")
		}
	}
}

func awaitPID(t *testing.T, path string) int {
	t.Helper()
	for range poll.Every(10 * time.Millisecond) {
		text, err := os.ReadFile(path)
		if pid, bad := strconv.Atoi(string(text)); err == nil && bad == nil {
			return pid
		}
	}
	t.Fatal("the program does not start its child")
	return 0
}

// ends reports whether the process is gone, or waits for a parent to take note.
func ends(pid int) bool {
	for range poll.Every(10 * time.Millisecond) {
		if syscall.Kill(pid, 0) != nil || zombie(pid) {
			return true
		}
	}
	return false
}

func zombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	for i := range text {
		if text[i] == ')' && i+2 < len(text) {
			return err == nil && text[i+2] == 'Z'
		}
	}
	return false
}
