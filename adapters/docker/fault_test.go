package docker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/docker/docker/client"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

func garbage(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>{{{") }

var local = workload.Spec{Image: "image", Network: "none"}

func TestStart_FaultOfAnyCallIsClassifiedAndRemoves(t *testing.T) {
	internal := answer(http.StatusInternalServerError, `{"message":"boom"}`)
	tests := map[string]struct {
		call    string
		handler http.HandlerFunc
		want    error
		removed int
	}{
		"ping fails":      {"ping", internal, secret.ErrUnavailable, 0},
		"ping is garbage": {"ping", garbage, secret.ErrUnavailable, 0},
		"ping hangs":      {"ping", hang, secret.ErrUnavailable, 0},
		"ping is old": {"ping", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Api-Version", "1.40")
		}, secret.ErrUnsupported, 0},
		"ping is denied":      {"ping", answer(http.StatusForbidden, `{"message":"no"}`), secret.ErrDenied, 0},
		"create fails":        {"create", internal, secret.ErrUnavailable, 0},
		"create is garbage":   {"create", garbage, secret.ErrUnavailable, 0},
		"create hangs":        {"create", hang, secret.ErrUnavailable, 0},
		"create is refused":   {"create", answer(http.StatusBadRequest, `{"message":"bad"}`), workload.ErrInvalidSpec, 0},
		"create is forbidden": {"create", answer(http.StatusForbidden, `{"message":"no"}`), secret.ErrDenied, 0},
		"attach fails":        {"attach", internal, secret.ErrUnavailable, 1},
		"attach is garbage":   {"attach", garbage, secret.ErrUnavailable, 1},
		"attach hangs":        {"attach", hang, secret.ErrUnavailable, 1},
		"wait fails":          {"wait", internal, secret.ErrUnavailable, 1},
		"wait hangs":          {"wait", hang, secret.ErrUnavailable, 1},
		"start fails":         {"start", internal, secret.ErrUnavailable, 1},
		"start hangs":         {"start", hang, secret.ErrUnavailable, 1},
		"port is taken":       {"start", answer(http.StatusInternalServerError, `{"message":"port is already allocated"}`), secret.ErrConflict, 1},
		"no docker-init":      {"start", answer(http.StatusBadRequest, `{"message":"exec: \"docker-init\": executable file not found in $PATH"}`), secret.ErrUnsupported, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t, Config{})
			if strings.HasSuffix(name, "hangs") {
				hasty(r)
			}
			f.on(test.call, test.handler)
			_, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
			if !errors.Is(err, test.want) || errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v", err)
			}
			if got := f.called("remove"); got != test.removed {
				t.Errorf("removed %d times", got)
			}
		})
	}
}

func TestStart_FailedRemovalIsReported(t *testing.T) {
	f, r := newFake(t, Config{})
	hasty(r)
	f.on("start", answer(http.StatusInternalServerError, `{"message":"boom"}`)).on("remove", hang)
	_, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), "docker rm -f 0123456789ab") {
		t.Error(err)
	}
}

func TestWait_BrokenAttachRemovesAndIsUnavailable(t *testing.T) {
	for name, sent := range map[string]string{
		"cut within a header": "\x01\x00\x00",
		"cut within a frame":  frame(1, "whole")[:10],
		"garbage":             "HTTP/1.1 nonsense and so on",
	} {
		t.Run(name, func(t *testing.T) {
			f, r := newFake(t, Config{})
			f.on("attach", f.attached(func(c net.Conn) { _, _ = io.WriteString(c, frame(1, "before")+sent) }))
			var out bytes.Buffer
			p, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: &out, Err: io.Discard})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.Wait(t.Context()); !errors.Is(err, secret.ErrUnavailable) {
				t.Error(err)
			}
			if !strings.HasPrefix(out.String(), "before") || f.called("remove") != 1 {
				t.Errorf("%q, removed %d times", out.String(), f.called("remove"))
			}
		})
	}
}

func TestWait_EngineThatGoesAwayIsUnavailable(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("wait", func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusOK)
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	})
	p, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
	if err == nil {
		_, err = p.Wait(t.Context())
	}
	if !errors.Is(err, secret.ErrUnavailable) || f.called("remove") != 1 {
		t.Error(err, f.called("remove"))
	}
}

func TestWait_RemovalThatTheEngineFailedAtIsTriedAndReported(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("wait", answer(http.StatusOK, `{"StatusCode":4,"Error":{"Message":"device busy"}}`))
	f.on("attach", f.attached(func(net.Conn) {}))
	f.on("remove", answer(http.StatusInternalServerError, `{"message":"device busy"}`))
	p, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	status, err := p.Wait(t.Context())
	if status != 4 || err == nil || !strings.Contains(err.Error(), "docker rm -f") {
		t.Error(status, err)
	}
}

// An Engine that says the container is gone but keeps its output open, and one
// that does not even remove it, hold a cancelled Wait for a bounded time only.
func TestWait_CancelledAgainstAHangingEngineReturns(t *testing.T) {
	f, r := newFake(t, Config{})
	hasty(r)
	f.on("remove", hang)
	blocked, release := io.Pipe()
	defer func() { _ = release.Close() }()
	p, err := r.Start(t.Context(), local, workload.Environment{}, workload.Streams{In: blocked, Out: io.Discard, Err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "docker rm -f") {
		t.Error(err)
	}
}

// Whatever the Engine says back, in whichever call and form, no value of the
// environment is in our error or log.
func TestStart_NoErrorRepeatsTheEnvironment(t *testing.T) {
	const canary = `c4n4ry-"secret"` + "\nsecond line of it"
	environment := workload.NewEnvironment(map[string]string{"PLAIN": "plain-value"})
	if err := environment.SetSecret("KEY", secret.NewValue([]byte(canary))); err != nil {
		t.Fatal(err)
	}
	echoes := map[string]string{
		"whole":   canary,
		"in JSON": `{"Env":["KEY=` + escaped(canary) + `"]}`,
		"a part":  "invalid: " + canary[3:15],
		"a line":  "second line of it",
		"plain":   "PLAIN=plain-value",
		"long":    strings.Repeat("x", 5000) + canary,
	}
	for _, call := range []string{"create", "attach", "wait", "start", "remove"} {
		for name, echo := range echoes {
			for _, status := range []int{400, 403, 404, 409, 500} {
				var log bytes.Buffer
				f, r := newFake(t, Config{Logger: debugLogger(&log)})
				r.limits.end = 100 * time.Millisecond // a conflict is waited out
				body := `{"message":"` + escaped("Error: "+echo) + `"}`
				f.on(call, answer(status, body)).on("inspect", answer(http.StatusOK, `{}`))
				if call == "remove" {
					f.on("start", answer(status, body))
				}
				_, err := r.Start(t.Context(), local, environment, workload.Streams{Out: io.Discard, Err: io.Discard})
				if err == nil {
					t.Fatalf("%s %s %d: no error", call, name, status)
				}
				for _, part := range []string{"c4n4ry", "secret", "second line", "plain-value"} {
					if strings.Contains(err.Error()+log.String(), part) {
						t.Errorf("%s %s %d: %v %s", call, name, status, err, log.String())
					}
				}
				_ = r.Close()
			}
		}
	}
}

func TestStart_HarmlessWordsOfTheEngineAreRepeated(t *testing.T) {
	f, r := newFake(t, Config{})
	f.on("create", answer(http.StatusBadRequest, `{"message":"Minimum memory limit\nallowed is 6MB\u001b[31m"}`))
	_, err := r.Start(t.Context(), local, workload.NewEnvironment(map[string]string{"A": "6", "B": ""}), workload.Streams{Out: io.Discard, Err: io.Discard})
	if err == nil || !strings.Contains(err.Error(), `Minimum memory limit allowed is 6MB\x1b[31m`) {
		t.Error(err)
	}
}

func TestStart_NoEngineIsUnavailableAndSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	stale := filepath.Join(dir, "stale")
	listener, err := net.Listen("unix", stale)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	_ = listener.Close()
	for name, hosts := range map[string][]string{
		"no socket": {"unix://" + dir + "/one", "unix://" + dir + "/two"},
		"refused":   {"unix://" + dir + "/one", "unix://" + stale},
		"tcp":       {"tcp://127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := New(Config{Hosts: hosts})
			if err != nil {
				t.Fatal(err)
			}
			_, err = r.Start(t.Context(), local, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard})
			for _, part := range []string{"systemctl start docker", "DOCKER_HOST", hosts[len(hosts)-1]} {
				if !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), part) {
					t.Error(err)
				}
			}
		})
	}
}

// The tests may run as root, whom no mode of a socket keeps out: the refusal is
// made where it would come from.
func TestCheck_ForbiddenSocketIsDenied(t *testing.T) {
	_, r := newFake(t, Config{})
	refuse := func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.OpError{Op: "dial", Net: "unix", Err: os.NewSyscallError("connect", syscall.EACCES)}
	}
	api, err := client.NewClientWithOpts(client.WithHost(r.Host()), client.WithDialContext(refuse))
	if err != nil {
		t.Fatal(err)
	}
	r.api = api
	err = r.Check(t.Context())
	if !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "group docker") {
		t.Error(err)
	}
}
