//go:build !windows

package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// A container that goes on without its command is found, and nothing is said of it that
// is not so.
func TestRun_LeftRunningIsFoundStoppedAndReplaced(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "left")
	leave := func() {
		t.Helper()
		cmd := c.command("run", "--yes", "--network", "none", "--name", "left", "--secret", "api-key", image)
		said := begun(t, cmd)
		c.awaitRunning("left", said)
		c.awaitSaved("left")
		if out := c.must("", "list"); !strings.Contains(out, "left  foreground") {
			t.Errorf("a run whose command lives is not listed: %s", out)
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	leave()
	c.says(0, []string{"list"}, "left  unsupervised")
	c.says(0, []string{"status", "left"}, "unsupervised")
	c.says(1, []string{"rm", "left"}, "left runs; stop it first")
	c.says(3, []string{"stop", "nosuch", "left"}, "Stopped left.")
	c.emptied()
	c.says(0, []string{"stop", "left"}, "left does not run")
	c.says(0, []string{"list"}, "No workloads.")
	leave()
	c.says(0, []string{"rm", "--force", "left"}, "Removed left:")
	c.emptied()
	leave()
	c.says(4, []string{"run", "--network", "none", "--name", "left", "--yes", image, "--", "exit", "4"}, "left by a thv run that was killed")
	c.emptied()
	leave()
	c.says(0, []string{"run", "-d", "--network", "none", "--name", "left", "--yes", image}, "left")
	if left := c.left(); len(left) != 1 || left[0] != "left running" {
		t.Errorf("the engine has %v", left)
	}
	c.says(0, []string{"stop", "--all"}, "Stopped left.")
	c.emptied()
}

// awaitSaved waits for the RunConfig, which is written when the run has started.
func (c *chaos) awaitSaved(name string) {
	c.t.Helper()
	path := filepath.Join(c.home, "state", "toolhive", "runconfigs", name+".json")
	for range poll.Every(5 * time.Millisecond) {
		if _, err := os.Stat(path); err == nil {
			return
		}
	}
	c.t.Fatalf("%s is not saved", name)
}

func (c *chaos) awaitRunning(name string, said *bytes.Buffer) {
	c.t.Helper()
	for range poll.Every(20 * time.Millisecond) {
		for _, one := range c.containers() {
			if one.name() == name && one.State == "running" {
				return
			}
		}
	}
	c.t.Fatalf("%s does not run: %s", name, said)
}

// TestStop_OfAnUnsavedLeftRunSaysThatTheEngineIsDown: without the engine it is not known
// whether there is something to stop, and that is not "no workload".
func TestStop_OfAnUnsavedLeftRunSaysThatTheEngineIsDown(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "unsaved")
	env := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(env, 0o600); err != nil {
		t.Fatal(err)
	}
	go func() { _ = os.WriteFile(env, []byte("A=1\n"), 0o600) }()
	cmd := c.command("run", "--network", "none", "--name", "unsaved", "--env-file", env, image)
	said := begun(t, cmd)
	c.awaitRunning("unsaved", said)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	for _, verb := range []string{"stop", "rm"} {
		down := c.command(verb, "unsaved")
		down.Env = append(slices.Clone(c.env), "DOCKER_HOST=unix:///nonexistent/docker.sock")
		out, _ := down.CombinedOutput()
		if down.ProcessState.ExitCode() != 6 || !strings.Contains(string(out), "the engine does not say whether its container runs") {
			t.Errorf("thv %s: %v: %s", verb, down.ProcessState, out)
		}
	}
	down := c.command("status", "unsaved")
	down.Env = append(slices.Clone(c.env), "DOCKER_HOST=unix:///nonexistent/docker.sock")
	if out, err := down.CombinedOutput(); err != nil || !strings.Contains(string(out), "unknown") {
		t.Errorf("thv status: %v: %s", err, out)
	}
	c.must("", "stop", "unsaved")
	c.emptied()
}

// A client may start one server twice under its name: the second one's container has a
// number, and what is saved stays the first one's. A detached workload is told that the
// name is in use.
func TestRun_SecondOfANameInTheForegroundGetsANumber(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	var clients []*exec.Cmd
	var inputs []io.Closer
	for i, name := range []string{"twice", "twice-2", "twice-3"} {
		cmd := c.command("run", "--network", "none", "--name", "twice", "-e", "WHO=client"+strconv.Itoa(i), image, "--", "input")
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		said := &bytes.Buffer{}
		cmd.Stderr = said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		c.awaitRunning(name, said)
		clients, inputs = append(clients, cmd), append(inputs, in)
	}
	saved, err := os.ReadFile(filepath.Join(c.home, "state", "toolhive", "runconfigs", "twice.json"))
	if err != nil || !strings.Contains(string(saved), "client0") {
		t.Errorf("saved: %v %s", err, saved)
	}
	detached := c.command("run", "-d", "--network", "none", "--name", "twice", "--yes", image)
	if out, _ := detached.CombinedOutput(); detached.ProcessState.ExitCode() != 1 || !strings.Contains(string(out), "twice runs in the foreground") {
		t.Errorf("%v: %s", detached.ProcessState, out)
	}
	for i, cmd := range clients {
		_ = inputs[i].Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("client %d: %v", i, err)
		}
	}
	c.emptied()
}
