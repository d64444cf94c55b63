package e2e

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/e2e/engine"
)

const (
	sameUser  = "1234"
	otherUser = "4321"
)

// leakFixture is a running container with one secret, and the places that may leak it.
type leakFixture struct {
	docker        *engine.Engine
	image, canary string
	user          *user
	name          string
	record        json.RawMessage
	state         containerState
	// inherited is what a child of the workload printed.
	inherited string
	cmd       *exec.Cmd
	input     io.WriteCloser
}

type containerState struct {
	ID    string `json:"Id"`
	State struct{ Pid int }
	// GraphDriver and Mounts have the paths of its files.
	GraphDriver struct{ Data map[string]string }
	Mounts      []struct{ Type, Source, Destination string }
}

func newLeakFixture(t *testing.T, docker *engine.Engine, image string) leakFixture {
	t.Helper()
	r := leakFixture{docker: docker, image: image, canary: randomKey(t)}
	// The store is not looked for the value: it is given in a variable.
	r.user = newUser(t, "TOOLHIVE_SECRET_WEATHER_KEY="+r.canary, "TOOLHIVE_SECRETS_PROVIDER=environment")
	r.user.global = []string{"--debug"}
	return r
}

func (r leakFixture) run(t *testing.T, options []string) *exec.Cmd {
	t.Helper()
	args := append([]string{"run", "--no-masking", "--network", "none", "--pull", "never", "--user", sameUser}, options...)
	return r.user.command(context.WithoutCancel(t.Context()), append(args, r.image, "--", "hold")...)
}

// openLeakFixture starts the container, and returns once its process runs.
func openLeakFixture(t *testing.T, docker *engine.Engine, image string, options []string) leakFixture {
	t.Helper()
	r := newLeakFixture(t, docker, image)
	r.cmd = r.run(t, options)
	var err error
	if r.input, err = r.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	output, err := r.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(output)
	for lines.Scan() && lines.Text() != "ready" {
		r.inherited += lines.Text()
	}
	names, err := docker.Containers(t.Context(), image)
	if err != nil || len(names) != 1 {
		t.Fatalf("%v %v\n%s", names, err, r.user.everythingPrinted())
	}
	r.name = names[0]
	if r.record, err = docker.Inspect(t.Context(), r.name); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(r.record, &r.state); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r leakFixture) leave(t *testing.T) {
	t.Helper()
	_ = r.input.Close()
	if err := r.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, r.user.everythingPrinted())
	}
}

// kill starts a run, and kills thv after a number of moments of 40 ms.
func (r leakFixture) kill(t *testing.T, options []string, moment int) {
	t.Helper()
	cmd := r.run(t, options)
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(time.Duration(moment) * 40 * time.Millisecond) //nolint:forbidigo // a kill at any moment
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	_ = input.Close()
}

func (r leakFixture) holds(text string) bool { return strings.Contains(text, r.canary) }

func (r leakFixture) inspect(*testing.T) bool { return r.holds(string(r.record)) }

// roots returns the engine's directories: the whole directory of hack/docker-engine.sh, or otherwise
// the directories of this container in the system's engine.
func (r leakFixture) roots(t *testing.T) []string {
	t.Helper()
	root, err := r.docker.Root(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if private := filepath.Dir(root); strings.HasPrefix(filepath.Base(private), "thv-docker.") {
		return []string{private}
	}
	return []string{filepath.Join(root, "containers"), "/run/docker", "/run/containerd"}
}

func (r leakFixture) engineFiles(t *testing.T) bool {
	where := r.search(t, r.roots(t)...)
	for _, layer := range r.layerFolders() {
		if strings.HasPrefix(where, layer) {
			return false // another row's
		}
	}
	return where != ""
}

func (r leakFixture) layerFolders() []string {
	folders := []string{r.state.GraphDriver.Data["UpperDir"], filepath.Dir(r.state.GraphDriver.Data["UpperDir"])}
	for _, m := range r.state.Mounts {
		if m.Type == "volume" {
			folders = append(folders, m.Source)
		}
	}
	return folders
}

func (r leakFixture) layers(t *testing.T) bool { return r.search(t, r.layerFolders()...) != "" }

// exec runs the probe inside the container.
func (r leakFixture) exec(t *testing.T, user, verb string) bool {
	t.Helper()
	printed, err := r.docker.Exec(t.Context(), r.name, user, "/leakprobe", verb)
	if err != nil || verb == "look" && !strings.Contains(printed, "looked") || verb == "own" && !strings.Contains(printed, "PATH=") {
		t.Errorf("the probe saw nothing: %q, %v", printed, err)
	}
	return r.holds(printed)
}

func (r leakFixture) child(t *testing.T) bool {
	t.Helper()
	if !strings.Contains(r.inherited, "PATH=") {
		t.Errorf("the child said nothing: %q", r.inherited)
	}
	return r.holds(r.inherited)
}

// pids are the container's processes, as the host numbers them.
func (r leakFixture) pids(t *testing.T) []string {
	t.Helper()
	own, err := os.Readlink(filepath.Join("/proc", strconv.Itoa(r.state.State.Pid), "ns", "mnt"))
	if err != nil {
		t.Fatal(err)
	}
	var pids []string
	folders, _ := filepath.Glob("/proc/[0-9]*")
	for _, folder := range folders {
		if other, err := os.Readlink(filepath.Join(folder, "ns", "mnt")); err == nil && other == own {
			pids = append(pids, folder)
		}
	}
	if len(pids) < 2 {
		t.Errorf("%d processes: the workload is not among them", len(pids))
	}
	return pids
}

func (r leakFixture) hostRoot(t *testing.T) bool {
	for _, pid := range r.pids(t) {
		for _, path := range []string{"environ", "root/run/secrets/key"} {
			if content, err := os.ReadFile(filepath.Join(pid, path)); err == nil && r.holds(string(content)) {
				return true
			}
		}
	}
	return false
}

func (r leakFixture) thv(t *testing.T) bool {
	t.Helper()
	printed := r.user.everythingPrinted()
	if !strings.Contains(strings.ToLower(printed), "debug") {
		t.Errorf("--debug logged nothing: %s", printed)
	}
	return r.search(t, r.user.home) != "" || r.holds(printed)
}

// swap reports whether memory with the value can be swapped out: no memory is locked, and the storage
// of files does not have an option that prevents it.
func (r leakFixture) swap(t *testing.T) bool {
	t.Helper()
	for _, pid := range r.pids(t) {
		status, err := os.ReadFile(filepath.Join(pid, "status"))
		mounts, mountsErr := os.ReadFile(filepath.Join(pid, "mountinfo"))
		if err != nil || mountsErr != nil || !strings.Contains(string(status), "VmLck:\t       0 kB") {
			return false
		}
		for line := range strings.SplitSeq(string(mounts), "\n") {
			if strings.Contains(line, " /run/secrets ") && (!strings.Contains(line, " - tmpfs ") || strings.Contains(line, "noswap")) {
				return false
			}
		}
	}
	return true
}
