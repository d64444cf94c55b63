//go:build !windows

package main

import (
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// No sweep removes what a live command is making, however long it takes: in the
// foreground, and as a supervisor.
func TestSweep_LeavesWhatALiveCommandIsMaking(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	g := newGate(t, os.Getenv("THV_TEST_DOCKER_HOST"))
	c.names = append(c.names, "making-d")
	here := c.through(g, "run", "--network", "none", "--name", "making", "--secret", "api-key", image, "--", "exit", "5")
	said := begun(t, here)
	there := c.through(g, "run", "-d", "--network", "none", "--name", "making-d", "--secret", "api-key", image)
	saidThere := begun(t, there)
	killed := c.through(g, "run", "--network", "none", "--name", "making-k", "--secret", "api-key", image)
	begun(t, killed)
	for range 3 {
		select {
		case <-g.asked:
		case <-time.After(time.Minute):
			t.Fatalf("they ask for no start: %s %s", said, saidThere)
		}
	}
	_ = killed.Process.Kill()
	_ = killed.Wait()
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			args := []string{"list"}
			if i%2 == 0 {
				args = []string{"run", "--network", "none", "--name", "beside", image, "--", "exit", "0"}
			}
			if out, err := c.command(args...).CombinedOutput(); err != nil {
				t.Errorf("%v: %v: %s", args, err, out)
			}
		})
	}
	all.Wait()
	states := map[string]string{}
	for _, one := range c.containers() {
		states[one.name()] = one.State
	}
	if len(states) != 2 || states["making"] != "created" || states["making-d"] != "created" {
		t.Errorf("the engine has %v", states)
	}
	g.pass <- struct{}{}
	g.pass <- struct{}{}
	var exit *exec.ExitError
	if err := here.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 5 {
		t.Errorf("%v: %s", err, said)
	}
	if err := there.Wait(); err != nil {
		t.Errorf("%v: %s", err, saidThere)
	}
	c.must("", "stop", "making-d")
	c.emptied()
}

// Many commands at once, some of which are killed: those that live do what they are
// told, and what the others leave goes.
func TestRun_ManyAtOnceDoNotSweepEachOther(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	g := newGate(t, os.Getenv("THV_TEST_DOCKER_HOST")).open()
	var all sync.WaitGroup
	for i := range 24 {
		all.Go(func() {
			if i%3 == 0 {
				cmd := c.through(g, "run", "--network", "none", "--secret", "api-key", image, "--", "input")
				in, err := cmd.StdinPipe()
				if err == nil {
					err = cmd.Start()
				}
				if err != nil {
					t.Error(err)
					return
				}
				time.Sleep(rand.N(600 * time.Millisecond)) //nolint:forbidigo // a kill at any moment
				_ = cmd.Process.Signal(syscall.SIGKILL)
				_, _ = cmd.Wait(), in.Close()
				return
			}
			cmd := c.command("run", "--yes", "--network", "none", "--name", "same", "--delivery", []string{"env", "sealed"}[i%2], "--secret", "api-key", image, "--", "exit", "7")
			if i%4 == 1 {
				cmd = c.command("list", "--all")
			}
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != 7 && (code != 0 || i%4 != 1) {
				t.Errorf("%v: %v: %s", cmd.Args, cmd.ProcessState, out)
			}
		})
	}
	all.Wait()
	g.quiet(t)
	c.emptiedButCreated()
	c.must("", "list")
	c.emptied()
}
