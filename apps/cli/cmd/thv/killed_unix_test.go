//go:build !windows

package main

import (
	"bytes"
	"encoding/json"
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
		if err != nil || st.PID <= 1 || !c.statuses.HasSupervisor("swept-d") {
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
