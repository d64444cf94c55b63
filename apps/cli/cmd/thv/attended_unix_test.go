//go:build !windows

package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// says runs a command, which must end with code and say all of wants.
func (c *chaos) says(code int, args []string, wants ...string) {
	c.t.Helper()
	cmd := c.command(args...)
	out, _ := cmd.CombinedOutput()
	missing := ""
	for _, want := range wants {
		if !strings.Contains(string(out), want) {
			missing += " " + want
		}
	}
	if cmd.ProcessState.ExitCode() != code || missing != "" {
		c.t.Errorf("thv %v: %v, want %d and %q: %s", args, cmd.ProcessState, code, missing, out)
	}
}

func (c *chaos) killed(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func (c *chaos) runConfig(name string) string {
	return filepath.Join(c.home, "state", "toolhive", "runconfigs", name+".json")
}

// A run in the foreground is named by every command that is asked about it, and ended by
// none.
func TestRun_InTheForegroundIsNamed(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "fg")
	env := filepath.Join(c.home, "fg.env")
	if err := os.WriteFile(env, []byte("PLAIN=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := c.command("run", "--network", "none", "--name", "fg", "--env-file", env, image, "--", "input")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.awaitRunning("fg", &bytes.Buffer{})
	c.awaitSaved("fg")
	process := "in process " + strconv.Itoa(cmd.Process.Pid)
	c.says(0, []string{"list"}, "fg  foreground ", image)
	c.says(0, []string{"--output", "json", "list"}, `"state": "foreground"`, `"pid": `+strconv.Itoa(cmd.Process.Pid))
	c.says(0, []string{"status", "fg"}, "foreground", "process "+strconv.Itoa(cmd.Process.Pid))
	c.says(1, []string{"stop", "fg"}, "fg runs in the foreground, "+process)
	c.says(0, []string{"stop", "--all"}, "fg runs in the foreground, "+process)
	c.says(1, []string{"rm", "--yes", "fg"}, "fg runs in the foreground, "+process)
	c.says(1, []string{"rm", "--yes", "--force", "fg"}, "fg runs in the foreground, "+process)
	c.says(1, []string{"start", "fg"}, "fg runs in the foreground, "+process)
	// What is refused for certain asks nothing first, which would be exit code 2 here.
	c.says(1, []string{"run", "-d", "--network", "none", "--name", "fg", "-e", "OTHER=1", image}, "fg runs in the foreground, "+process)
	if err := os.WriteFile(env, []byte("PLAIN=1\nMORE=2\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.says(1, []string{"start", "fg"}, "fg runs in the foreground, "+process)
	c.says(1, []string{"restart", "fg"}, "fg runs in the foreground, "+process)
	c.says(3, []string{"logs", "fg"}, "fg runs in the foreground, "+process)
	if left := c.left(); len(left) != 1 || left[0] != "fg running" {
		t.Errorf("the engine has %v", left)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	c.says(0, []string{"list"}, "No workloads.")
	c.says(0, []string{"stop", "fg"}, "fg does not run")
	c.says(0, []string{"rm", "--yes", "fg"}, "Removed fg")
}

// A detached workload whose name a client's run in the foreground has too is stopped,
// and the other goes on.
func TestStop_BesideARunInTheForeground(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	name, _, _ := strings.Cut(image, ":")
	c.names = append(c.names, name)
	cmd := c.command("run", "--network", "none", image, "--", "input")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	c.awaitSaved(name)
	c.must("", "run", "-d", "--yes", "--network", "none", image)
	c.says(0, []string{"list"}, name+"  running ", name+"  foreground ")
	c.says(0, []string{"stop", name}, "Stopped "+name)
	c.says(0, []string{"list"}, name+"  foreground ")
	c.says(1, []string{"stop", name}, name+" runs in the foreground")
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	c.says(0, []string{"list", "--all"}, name+"  stopped ")
	c.emptied()
}

// What a run that was killed has left is unknown while the engine is away.
func TestList_AKilledRunWithoutTheEngine(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "gone")
	cmd := c.command("run", "--network", "none", "--name", "gone", image)
	said := begun(t, cmd)
	c.awaitRunning("gone", said)
	c.awaitSaved("gone")
	c.killed(cmd)
	env := c.env
	c.env = append(append([]string{}, env...), "DOCKER_HOST=unix:///nowhere.sock")
	c.says(0, []string{"list"}, "gone  unknown ", "could not be asked")
	c.says(0, []string{"--output", "json", "list"}, `"name": "gone"`, `"state": "unknown"`)
	c.says(0, []string{"status", "gone"}, "unknown")
	c.says(6, []string{"stop", "gone"})
	c.says(6, []string{"rm", "--yes", "gone"})
	c.env = env
	c.says(0, []string{"list"}, "gone  unsupervised ")
	c.says(0, []string{"stop", "gone"}, "Stopped gone.")
	c.says(0, []string{"list"}, "No workloads.")
	c.emptied()
}

// A run that was killed before it was saved is known to every command.
func TestStart_OfARunThatWasKilledBeforeItWasSaved(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "early")
	cmd := c.command("run", "--network", "none", "--name", "early", image)
	said := begun(t, cmd)
	c.awaitRunning("early", said)
	c.awaitSaved("early")
	c.killed(cmd)
	if err := os.Remove(c.runConfig("early")); err != nil { // as if it had not come that far
		t.Fatal(err)
	}
	c.says(0, []string{"list"}, "early  unsupervised ")
	c.says(3, []string{"start", "early"}, "a thv run of early was killed before it was saved", "thv stop early")
	c.says(3, []string{"logs", "early"}, "early was run in the foreground")
	c.says(0, []string{"stop", "early"}, "Stopped early.")
	c.emptied()
}

// A stop says that it has stopped what ran, however soon the supervisor ends.
func TestStop_SaysWhatItHasDone(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "vo")
	c.must("", "run", "-d", "--network", "none", "--name", "vo", image)
	for range 20 {
		c.says(0, []string{"stop", "vo"}, "Stopped vo.")
		c.must("", "start", "vo")
	}
	c.says(0, []string{"stop", "vo"}, "Stopped vo.")
	c.says(0, []string{"stop", "vo"}, "vo does not run.")
}
