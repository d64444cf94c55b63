//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// newKills is a chaos whose commands speak with the engine through no proxy but where
// they are told to.
func newKills(t *testing.T) (c *chaos, image string) {
	t.Helper()
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	c, image = newChaos(t, uint64(time.Now().UnixNano()))
	c.env = append(c.env, "DOCKER_HOST="+os.Getenv("THV_TEST_DOCKER_HOST"))
	if err := buildLinux(filepath.Join(filepath.Dir(c.thv), "thv-init-linux-"+runtime.GOARCH), "../thv-init"); err != nil {
		t.Fatal(err)
	}
	return c, image
}

// through is a command that speaks with the engine through g.
func (c *chaos) through(g *gate, args ...string) *exec.Cmd {
	cmd := c.command(args...)
	cmd.Env = append(append([]string{}, c.env...), "DOCKER_HOST="+g.host)
	return cmd
}

// begun starts cmd, whose input stays open until the test's end.
func begun(t *testing.T, cmd *exec.Cmd) *bytes.Buffer {
	t.Helper()
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = in.Close() })
	said := &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return said
}

// inspected is what the engine tells everybody who may use it.
func (c *chaos) inspected(id string) string {
	c.t.Helper()
	var all json.RawMessage
	if err := c.engine.call(http.MethodGet, "/containers/"+id+"/json", nil, &all); err != nil {
		c.t.Fatal(err)
	}
	return string(all)
}

// left is what the engine has of this home's, containers and volumes.
func (c *chaos) left() []string {
	c.t.Helper()
	var all []string
	for _, one := range c.containers() {
		all = append(all, one.name()+" "+one.State)
	}
	owner, err := c.statuses.Owner()
	if err != nil {
		c.t.Fatal(err)
	}
	filters, _ := json.Marshal(map[string][]string{"label": {supervisor.LabelOwner + "=" + owner}})
	var volumes struct{ Volumes []struct{ Name string } }
	if err := c.engine.call(http.MethodGet, "/volumes?filters="+url.QueryEscape(string(filters)), nil, &volumes); err != nil {
		c.t.Fatal(err)
	}
	for _, v := range volumes.Volumes {
		all = append(all, "volume "+v.Name)
	}
	return all
}

// A command that is killed between the making and the start of its container leaves it,
// and in plain delivery the engine's record holds the value. Whatever speaks with the
// engine next removes it, with its volume; what is another's stays.
func TestRun_KilledBeforeTheStartIsSweptByAnyCommand(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	c.names = append(c.names, "next")
	g := newGate(t, os.Getenv("THV_TEST_DOCKER_HOST"))
	owner, err := c.statuses.Owner()
	if err != nil {
		t.Fatal(err)
	}
	others := []string{
		c.made(image, nil),
		c.made(image, map[string]string{"toolhive": "true", "toolhive-name": "swept", "toolhive-owner": strings.Repeat("0", len(owner)), "toolhive-foreground": strings.Repeat("0", 32)}),
		c.made(image, map[string]string{"toolhive": "true", "toolhive-name": "swept"}),
	}
	for name, next := range map[string][]string{
		"list": {"list"}, "status": {"status", "swept"}, "stop": {"stop", "swept"}, "rm": {"rm", "swept"},
		"run": {"run", "--network", "none", "--name", "next", image, "--", "exit", "0"},
		"-d":  {"run", "-d", "--network", "none", "--name", "next", image, "--", "exit", "0"},
	} {
		for _, delivery := range []string{"env", "sealed"} {
			t.Run(name+" "+delivery, func(t *testing.T) {
				cmd := c.through(g, "run", "--network", "none", "--name", "swept", "--delivery", delivery, "--secret", "api-key,target=API_KEY", image)
				said := begun(t, cmd)
				var id string
				select {
				case id = <-g.asked:
				case <-time.After(time.Minute):
					t.Fatalf("it asks for no start: %s", said)
				}
				if got := strings.Contains(c.inspected(id), chaosCanary); got != (delivery == "env") {
					t.Errorf("the record has the value: %v", got)
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				if len(c.left()) == 0 {
					t.Fatal("nothing was left: the test tests nothing")
				}
				out, err := c.command(next...).CombinedOutput()
				if err != nil && name != "status" && name != "stop" && name != "rm" {
					t.Errorf("%v: %s", err, out)
				}
				c.emptied()
			})
		}
	}
	for _, id := range others {
		if c.inspected(id) == "" {
			t.Error("another's container is gone")
		}
	}
}

// What a supervisor was making that is killed goes with a command for another workload,
// too.
func TestSupervisor_KilledBeforeTheStartIsSwept(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	g := newGate(t, os.Getenv("THV_TEST_DOCKER_HOST"))
	c.names = append(c.names, "swept-d")
	for _, delivery := range []string{"env", "sealed"} {
		cmd := c.through(g, "run", "-d", "--network", "none", "--name", "swept-d", "--delivery", delivery, "--secret", "api-key,target=API_KEY", "--yes", image)
		said := begun(t, cmd)
		select {
		case <-g.asked:
		case <-time.After(time.Minute):
			t.Fatalf("it asks for no start: %s", said)
		}
		st, err := c.statuses.Read("swept-d")
		if err != nil || st.PID <= 1 || !c.statuses.Alive("swept-d") {
			t.Fatalf("%+v %v", st, err)
		}
		_ = syscall.Kill(st.PID, syscall.SIGKILL)
		_ = cmd.Wait()
		if !c.statuses.AwaitEnd("swept-d", time.Minute) || len(c.left()) == 0 {
			t.Fatal("nothing was left: the test tests nothing")
		}
		c.must("", "run", "--network", "none", "--name", "next-d", image, "--", "exit", "0")
		c.emptied()
		if out := c.must("", "list", "--all"); !strings.Contains(out, "swept-d  lost") {
			t.Errorf("list says %s", out)
		}
		c.must("", "rm", "swept-d")
	}
}

// emptied waits for the engine to have nothing: a detached workload that has just ended
// is being removed.
func (c *chaos) emptied() {
	c.t.Helper()
	var left []string
	for range poll.Every(20 * time.Millisecond) {
		if left = c.left(); len(left) == 0 {
			return
		}
	}
	c.t.Fatalf("left: %v", left)
}

// emptiedButCreated waits for the engine to have nothing but what never ran.
func (c *chaos) emptiedButCreated() {
	c.t.Helper()
	runs := func(one container) bool { return one.State != "created" }
	for range poll.Every(20 * time.Millisecond) {
		if !slices.ContainsFunc(c.containers(), runs) {
			return
		}
	}
	c.t.Fatalf("got %v, want nothing that runs", c.left())
}

// made makes a container that is not started, as another program would.
func (c *chaos) made(image string, labels map[string]string) string {
	c.t.Helper()
	body, err := json.Marshal(map[string]any{"Image": image, "Labels": labels, "HostConfig": map[string]string{"NetworkMode": "none"}})
	if err != nil {
		c.t.Fatal(err)
	}
	var answer struct{ ID string }
	if err := c.engine.call(http.MethodPost, "/containers/create", bytes.NewReader(body), &answer); err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() {
		_ = c.engine.call(http.MethodDelete, "/containers/"+answer.ID+"?force=1&v=1", nil, nil)
	})
	return answer.ID
}

// What a command that lives is making is nobody's to sweep, however long it takes: in
// the foreground, and as a supervisor.
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

// defaultKills is how many plain runs are killed, and three quarters as many sealed
// ones; THV_KILLS is another number.
const defaultKills = 40

func TestRun_KilledAtAnyMomentOfAStartLeavesNothing(t *testing.T) {
	t.Parallel()
	c, image := newKills(t)
	g := newGate(t, os.Getenv("THV_TEST_DOCKER_HOST")).open()
	kills := defaultKills
	if n, err := strconv.Atoi(os.Getenv("THV_KILLS")); err == nil {
		kills = n
	}
	for delivery, n := range map[string]int{"env": kills, "sealed": kills * 3 / 4} {
		args := []string{"run", "--network", "none", "--delivery", delivery, "--secret", "api-key,target=API_KEY", image, "--"}
		began := time.Now()
		c.must("", append(args, "exit", "0")...)
		took := time.Since(began)
		seen := 0
		for range n {
			cmd := c.through(g, append(args, "input")...)
			begun(t, cmd)
			time.Sleep(rand.N(took)) //nolint:forbidigo // a kill at any moment
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			g.quiet(t)
			if left := c.left(); slices.ContainsFunc(left, func(one string) bool { return strings.HasSuffix(one, " created") }) {
				seen++
			}
		}
		c.emptiedButCreated() // what runs ends with its input
		t.Logf("%s: a start takes %v; %d of %d kills left what never ran", delivery, took, seen, n)
		c.must("", "list") // and no other command
		c.emptied()
	}
	if out := c.must("", "list"); out != "" {
		t.Errorf("list says %s", out)
	}
	c.holdsNoSecret()
}

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
	says := func(code int, want string, args ...string) {
		t.Helper()
		cmd := c.command(args...)
		out, _ := cmd.CombinedOutput()
		if cmd.ProcessState.ExitCode() != code || !strings.Contains(string(out), want) {
			t.Errorf("thv %v: %v, want %d: %s", args, cmd.ProcessState, code, out)
		}
	}
	leave()
	says(0, "left  unsupervised", "list")
	says(0, "unsupervised", "status", "left")
	says(1, "left runs; stop it first", "rm", "left")
	says(3, "Stopped left.", "stop", "nosuch", "left")
	c.emptied()
	says(0, "left does not run", "stop", "left")
	says(0, "No workloads.", "list")
	leave()
	says(0, "Removed left:", "rm", "--force", "left")
	c.emptied()
	leave()
	says(4, "left by a thv run that was killed", "run", "--network", "none", "--name", "left", "--yes", image, "--", "exit", "4")
	c.emptied()
	leave()
	says(0, "left", "run", "-d", "--network", "none", "--name", "left", "--yes", image)
	if left := c.left(); len(left) != 1 || left[0] != "left running" {
		t.Errorf("the engine has %v", left)
	}
	says(0, "Stopped left.", "stop", "--all")
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
