//go:build !windows

package main

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
)

// detachedCommands are those of scripts with the real engine.
var detachedCommands = map[string]func(*testscript.TestScript, bool, []string){
	"withdocker": withDocker, "engineruns": engineRuns, "enginekill": engineKill, "engineproxy": engineProxy,
	"supervisor": supervisorSignal, "await": await, "awaitlog": awaitLog, "enginemake": engineMake,
	"slowly": slowly,
}

// realEngine is the Engine's API as plain requests: the second opinion.
type realEngine struct{ client *http.Client }

func newRealEngine(host string) *realEngine {
	network, address, _ := strings.Cut(host, "://")
	return &realEngine{&http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, address)
		},
	}}}
}

func (e *realEngine) call(method, path string, body io.Reader, answer any) error {
	request, err := http.NewRequest(method, "http://engine"+path, body)
	if err != nil {
		return err
	}
	if strings.HasPrefix(path, "/containers/") {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := e.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode >= 300 {
		err = fmt.Errorf("%s: %s %s", path, response.Status, text)
	}
	if err != nil || answer == nil {
		return err
	}
	return json.Unmarshal(text, answer)
}

type container struct {
	ID, State string
	Names     []string
}

func (c container) name() string { return strings.TrimPrefix(c.Names[0], "/") }

// containers are those of the owner, whatever they do.
func (e *realEngine) containers(owner string) ([]container, error) {
	filters, err := json.Marshal(map[string][]string{"label": {"toolhive-owner=" + owner}})
	if err != nil {
		return nil, err
	}
	var list []container
	err = e.call(http.MethodGet, "/containers/json?all=1&filters="+url.QueryEscape(string(filters)), nil, &list)
	return list, err
}

func buildLinux(program, what string) error {
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, what)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if output, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, output)
	}
	return nil
}

// The images of the programs that scripts run in containers, each imported once.
var (
	workloadImage = sync.OnceValues(func() (string, error) {
		return importImage("workload", "./testdata/workload", `ENTRYPOINT ["/workload"]`)
	})
	// bareImage has no entrypoint: what is run is the command.
	bareImage = sync.OnceValues(func() (string, error) {
		return importImage("bare", "./testdata/workload", `CMD ["/bare"]`)
	})
	probeImage = sync.OnceValues(func() (string, error) {
		return importImage("probe", "../../../../adapters/docker/testdata/probe/main.go", `ENTRYPOINT ["/probe"]`)
	})
)

// importImage makes an image of one program, without a registry.
func importImage(name, what, instruction string) (string, error) {
	folder, err := os.MkdirTemp("", "thv-image-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	program := filepath.Join(folder, name)
	if err := buildLinux(program, what); err != nil {
		return "", err
	}
	data, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data))})
	_, writing := w.Write(data)
	if err := errors.Join(err, writing, w.Close()); err != nil {
		return "", err
	}
	image := fmt.Sprintf("thv-test-%s:p%d", name, os.Getpid())
	query := url.Values{"fromSrc": {"-"}, "repo": {image}, "changes": {instruction}}
	return image, newRealEngine(os.Getenv("THV_TEST_DOCKER_HOST")).call(http.MethodPost, "/images/create?"+query.Encode(), &archive, nil)
}

// withDocker has the rest of a script use a thv with the real engine, and IMAGE, PROBE and BARE. At
// the script's end no container and no supervisor may be left.
func withDocker(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) > 0 {
		ts.Fatalf("usage: withdocker")
	}
	if os.Getenv("THV_TEST_DOCKER_HOST") == "" {
		ts.Fatalf("THV_TEST_DOCKER_HOST is not set: run the tests by hack/docker-engine.sh")
	}
	image, err := workloadImage()
	ts.Check(err)
	probe, err := probeImage()
	ts.Check(err)
	bare, err := bareImage()
	ts.Check(err)
	folder := ts.MkAbs("bin")
	ts.Check(besideEngine(folder))
	ts.Check(buildLinux(filepath.Join(folder, "thv-init-linux-"+runtime.GOARCH), "../thv-init"))
	for name, value := range map[string]string{
		"PATH":         folder + string(os.PathListSeparator) + ts.Getenv("PATH"),
		engineVariable: "docker",
		"DOCKER_HOST":  os.Getenv("THV_TEST_DOCKER_HOST"),
		"IMAGE":        image,
		"PROBE":        probe,
		"DATA":         ts.MkAbs("home/data/toolhive"),
		"STATUSES":     ts.MkAbs("home/data/toolhive/thv/statuses"),
		"LOGS":         ts.MkAbs("home/data/toolhive/thv/logs"),
		"BARE":         bare,
	} {
		ts.Setenv(name, value)
	}
	ts.Defer(func() {
		statuses := status.New(ts.Getenv("STATUSES"))
		names, err := statuses.Names()
		ts.Check(err)
		for _, name := range names {
			if st, err := statuses.Read(name); err == nil && statuses.HasSupervisor(name) {
				_ = syscall.Kill(st.PID, syscall.SIGTERM)
				if !statuses.AwaitEnd(name, 20*time.Second) {
					ts.Fatalf("the supervisor of %s does not end", name)
				}
			}
		}
		if left := engineNames(ts, func(container) bool { return true }); len(left) > 0 {
			ts.Fatalf("containers are left: %v", left)
		}
	})
}

func engineNames(ts *testscript.TestScript, which func(container) bool) []string {
	owner, err := status.New(ts.Getenv("STATUSES")).Owner()
	ts.Check(err)
	list, err := newRealEngine(os.Getenv("THV_TEST_DOCKER_HOST")).containers(owner)
	ts.Check(err)
	var names []string
	for _, c := range list {
		if which(c) {
			names = append(names, c.name())
		}
	}
	slices.Sort(names)
	return names
}

// engineRuns checks that the engine runs these workloads, and has no others.
func engineRuns(ts *testscript.TestScript, neg bool, args []string) {
	if neg {
		ts.Fatalf("usage: engineruns [NAME…]")
	}
	slices.Sort(args)
	if got := engineNames(ts, func(c container) bool { return c.State == "running" }); !slices.Equal(got, args) {
		ts.Fatalf("the engine runs %v, want %v", got, args)
	}
	if all := engineNames(ts, func(container) bool { return true }); len(all) != len(args) {
		ts.Fatalf("the engine has %v, want %v", all, args)
	}
}

// supervisorPID is of a supervisor that lives.
func supervisorPID(ts *testscript.TestScript, name string) int {
	statuses := status.New(ts.Getenv("STATUSES"))
	st, err := statuses.Read(name)
	ts.Check(err)
	if !statuses.HasSupervisor(name) || st.PID <= 1 {
		ts.Fatalf("%s has no supervisor", name)
	}
	return st.PID
}

// supervisorSignal sends a supervisor a signal: supervisor kill NAME. It waits for
// the end.
func supervisorSignal(ts *testscript.TestScript, neg bool, args []string) {
	signals := map[string]syscall.Signal{"kill": syscall.SIGKILL, "term": syscall.SIGTERM}
	if neg || len(args) != 2 || signals[args[0]] == 0 {
		ts.Fatalf("usage: supervisor kill|term NAME")
	}
	ts.Check(syscall.Kill(supervisorPID(ts, args[1]), signals[args[0]]))
	if !status.New(ts.Getenv("STATUSES")).AwaitEnd(args[1], 30*time.Second) {
		ts.Fatalf("it does not end")
	}
}

// await waits for a workload's state to be written, and with a text for that to be
// in the status too: await NAME STATE [TEXT].
func await(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: await NAME STATE [TEXT]")
	}
	statuses := status.New(ts.Getenv("STATUSES"))
	var last string
	for range poll.Every(20 * time.Millisecond) {
		st, err := statuses.Read(args[0])
		if err != nil {
			continue
		}
		text, _ := json.Marshal(st)
		last = string(text)
		if string(st.State) == args[1] && (len(args) < 3 || regexp.MustCompile(args[2]).MatchString(last)) {
			return
		}
	}
	ts.Fatalf("%s is not %v: %s", args[0], args[1:], last)
}

// engineKill ends a container behind the back of its supervisor.
func engineKill(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: enginekill NAME")
	}
	ts.Check(newRealEngine(os.Getenv("THV_TEST_DOCKER_HOST")).call(http.MethodPost, "/containers/"+args[0]+"/kill", nil, nil))
}

// awaitLog waits for the log of a workload to match: awaitlog NAME PATTERN.
func awaitLog(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: awaitlog NAME PATTERN")
	}
	pattern := regexp.MustCompile("(?s)" + args[1])
	for range poll.Every(20 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(ts.Getenv("LOGS"), args[0]+".log"))
		if err == nil && pattern.Match(text) {
			return
		}
	}
	ts.Fatalf("the log of %s never matches %s", args[0], args[1])
}

// engineMake makes a container that is not started, as a supervisor leaves one that is
// killed between both.
func engineMake(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: enginemake NAME")
	}
	owner, err := status.New(ts.Getenv("STATUSES")).Owner()
	ts.Check(err)
	body, err := json.Marshal(map[string]any{
		"Image": ts.Getenv("IMAGE"), "Labels": supervisor.Labels(owner), "HostConfig": map[string]string{"NetworkMode": "none"},
	})
	ts.Check(err)
	labelled := strings.Replace(string(body), `"Labels":{`, `"Labels":{"`+supervisor.LabelName+`":"`+args[0]+`",`, 1)
	engine := newRealEngine(os.Getenv("THV_TEST_DOCKER_HOST"))
	ts.Check(engine.call(http.MethodPost, "/containers/create?name="+args[0], strings.NewReader(labelled), nil))
}
