//go:build !windows

package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// defaultChaos is how many blows are dealt; THV_CHAOS is another number.
const defaultChaos = 24

const chaosCanary = "canary-chaos-91c2"

// chaos is a home with workloads in it, and the engine behind a proxy.
type chaos struct {
	t        *testing.T
	env      []string
	thv      string
	home     string
	names    []string
	statuses *status.Store
	engine   *realEngine
	proxy    *proxy
	random   *rand.Rand
}

func newChaos(t *testing.T, seed uint64) (c *chaos, image string) {
	t.Helper()
	host := os.Getenv("THV_TEST_DOCKER_HOST")
	if host == "" {
		if os.Getenv("THV_REAL") == "1" {
			t.Fatal("THV_TEST_DOCKER_HOST is not set: run the tests by hack/docker-engine.sh")
		}
		t.Skip("no Docker Engine: THV_TEST_DOCKER_HOST is not set (hack/docker-engine.sh starts one)")
	}
	image, err := workloadImage()
	if err != nil {
		t.Fatal(err)
	}
	p, err := newProxy(host)
	if err == nil {
		err = p.up()
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.close)
	folder := t.TempDir()
	if err := besideEngine(filepath.Join(folder, "bin")); err != nil {
		t.Fatal(err)
	}
	home := filepath.Join(folder, "home")
	c = &chaos{
		t: t, home: home, thv: filepath.Join(folder, "bin", "thv"), engine: newRealEngine(host), proxy: p,
		statuses: status.New(filepath.Join(home, "data", "toolhive", "thv", "statuses")),
		random:   rand.New(rand.NewPCG(seed, seed)),
		env: []string{
			"PATH=" + os.Getenv("PATH"), "HOME=" + home, "TMPDIR=" + os.TempDir(), "XDG_RUNTIME_DIR=",
			"XDG_DATA_HOME=" + home + "/data", "XDG_CONFIG_HOME=" + home + "/config", "XDG_STATE_HOME=" + home + "/state",
			"TOOLHIVE_SECRETS_PASSWORD=Jrbj9Mw5dbmnI02NaGLgFLk1Obj4wAHq2oMJe5rii8U=", "GORACE=" + raceOptions,
			"DOCKER_HOST=unix://" + p.path, engineVariable + "=docker",
		},
	}
	t.Cleanup(c.end)
	c.must(chaosCanary, "secret", "set", "api-key")
	return c, image
}

// populated has three workloads.
func populated(t *testing.T, seed uint64) *chaos {
	t.Helper()
	c, image := newChaos(t, seed)
	for i, transport := range []string{"stdio", "sse", "stdio"} {
		name := fmt.Sprintf("chaos%d", i)
		c.names = append(c.names, name)
		c.must("", "run", "-d", "--network", "none", "--transport", transport, "--secret", "api-key", "--restart", []string{"always", "on-failure", "no"}[i], "--name", name, image)
	}
	return c
}

func (c *chaos) command(args ...string) *exec.Cmd {
	cmd := exec.Command(c.thv, args...)
	cmd.Env = c.env
	return cmd
}

func (c *chaos) must(in string, args ...string) string {
	c.t.Helper()
	cmd := c.command(args...)
	cmd.Stdin = strings.NewReader(in)
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("thv %v: %v: %s", args, err, stderrOf(err))
	}
	return string(out)
}

func stderrOf(err error) string {
	if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // of Output
		return string(exit.Stderr)
	}
	return ""
}

// end leaves nothing, whatever has failed.
func (c *chaos) end() {
	for _, name := range c.names {
		if st, err := c.statuses.Read(name); err == nil && c.statuses.HasSupervisor(name) && st.PID > 1 {
			_ = syscall.Kill(st.PID, syscall.SIGTERM)
			c.statuses.AwaitEnd(name, 20*time.Second)
		}
	}
	for _, one := range c.containers() {
		_ = c.engine.call(http.MethodDelete, "/containers/"+one.ID+"?force=1&v=1", nil, nil)
	}
}

func (c *chaos) containers() []container {
	owner, err := c.statuses.Owner()
	if err != nil {
		return nil
	}
	list, err := c.engine.containers(owner)
	if err != nil {
		c.t.Error(err)
	}
	return list
}

// blow does one thing that may happen at any time, and says what.
func (c *chaos) blow() string {
	name := c.names[c.random.IntN(len(c.names))]
	switch c.random.IntN(9) {
	case 0, 1:
		if st, err := c.statuses.Read(name); err == nil && c.statuses.HasSupervisor(name) && st.PID > 1 {
			_ = syscall.Kill(st.PID, syscall.SIGKILL)
		}
		return "kill the supervisor of " + name
	case 2:
		_ = c.engine.call(http.MethodPost, "/containers/"+name+"/kill", nil, nil)
		return "kill the container of " + name
	case 3:
		c.proxy.down()
		time.Sleep(time.Duration(c.random.IntN(500)) * time.Millisecond) //nolint:forbidigo // an outage of any length
		if err := c.proxy.up(); err != nil {
			c.t.Fatal(err)
		}
		return "cut the engine off"
	case 4:
		return c.interrupted("start", name)
	case 5:
		return c.interrupted("stop", name)
	case 6:
		_ = c.command("stop", name).Run()
		return "stop " + name
	case 7:
		_ = c.command("restart", name).Run()
		return "restart " + name
	}
	_ = c.command("start", "--all").Run()
	return "start --all"
}

// interrupted kills a command, or the supervisor that it starts, at some moment.
func (c *chaos) interrupted(verb, name string) string {
	cmd := c.command(verb, name)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	time.Sleep(time.Duration(c.random.IntN(600)) * time.Millisecond) //nolint:forbidigo // a kill at any moment
	which := "the command"
	if c.random.IntN(2) == 0 {
		which = "the supervisor"
		if pid := c.starting(name); pid > 1 {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	} else {
		_ = cmd.Process.Kill()
	}
	_ = cmd.Wait()
	return fmt.Sprintf("kill %s within %s %s", which, verb, name)
}

// starting is the process of a supervisor, also of one that has written nothing.
func (c *chaos) starting(name string) int {
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		text, _ := os.ReadFile(filepath.Join(folder, "cmdline"))
		if strings.HasSuffix(string(text), "\x00--\x00"+name+"\x00") && strings.HasPrefix(string(text), filepath.Dir(c.thv)) {
			pid, _ := strconv.Atoi(filepath.Base(folder))
			return pid
		}
	}
	return 0
}

// differs answers where list and the engine do not say the same.
func (c *chaos) differs() string {
	var listed struct{ Workloads []status.Status }
	if err := json.Unmarshal([]byte(c.must("", "--output", "json", "list", "--all")), &listed); err != nil {
		return err.Error()
	}
	has := map[string]string{}
	for _, one := range c.containers() {
		has[one.name()] = one.State
	}
	var wrong []string
	for _, st := range listed.Workloads {
		there, is := has[st.Name]
		delete(has, st.Name)
		switch st.State {
		case status.Running, status.Unsupervised:
			if there != "running" {
				wrong = append(wrong, fmt.Sprintf("%s is said to be %s, and is %q", st.Name, st.State, there))
			}
		case status.Stopped, status.Failed, status.Lost:
			if is {
				wrong = append(wrong, fmt.Sprintf("%s is said to be %s, and is %q", st.Name, st.State, there))
			}
		default: // it passes by itself
			wrong = append(wrong, st.Name+" stays "+string(st.State))
		}
		if st.State == status.Running != c.statuses.HasSupervisor(st.Name) {
			wrong = append(wrong, st.Name+" is said to be "+string(st.State)+", and its supervisor is otherwise")
		}
	}
	for name := range has {
		wrong = append(wrong, "no workload is listed as "+name)
	}
	slices.Sort(wrong)
	return strings.Join(wrong, "; ")
}

// agrees waits for list and the engine to say the same, since what has been hit may
// be on its way.
func (c *chaos) agrees(blow string) {
	c.t.Helper()
	var wrong string
	for range poll.Every(50 * time.Millisecond) {
		if wrong = c.differs(); wrong == "" {
			return
		}
	}
	c.t.Fatalf("after %s: %s", blow, wrong)
}

func (c *chaos) holdsNoSecret() {
	c.t.Helper()
	err := filepath.WalkDir(c.home, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // a file that is replaced just now
		}
		if text, err := os.ReadFile(path); err == nil && strings.Contains(string(text), chaosCanary) {
			c.t.Errorf("%s holds the secret", path)
		}
		return nil
	})
	if err != nil {
		c.t.Error(err)
	}
}

func TestChaos_ListSaysWhatTheEngineSays(t *testing.T) {
	t.Parallel()
	if unsafe != "" {
		t.Skip("the user's own kernel keyring would be used: " + unsafe)
	}
	blows, seed := defaultChaos, uint64(time.Now().UnixNano())
	if n, err := strconv.Atoi(os.Getenv("THV_CHAOS")); err == nil {
		blows = n
	}
	if n, err := strconv.ParseUint(os.Getenv("THV_CHAOS_SEED"), 10, 64); err == nil {
		seed = n
	}
	t.Logf("THV_CHAOS_SEED=%d", seed)
	c := populated(t, seed)
	for range blows {
		said := c.blow()
		t.Log(said)
		c.agrees(said)
		c.holdsNoSecret()
	}
	c.must("", "stop", "--all")
	c.agrees("stop --all")
	if left := c.containers(); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
}
