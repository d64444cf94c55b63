package docker

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const pullReport = `{"status":"Pulling from library/image","id":"latest"}
{"status":"Pulling fs layer","progressDetail":{},"id":"a"}
{"status":"Downloading","progressDetail":{"current":1000000,"total":2500000},"id":"a"}
{"status":"Download complete","progressDetail":{},"id":"a"}
{"status":"Pull complete","progressDetail":{},"id":"a"}
{"status":"Already exists","progressDetail":{},"id":"b"}
{"status":"Status: Downloaded newer image \u001b[31m"}
`

// pulls makes f an Engine whose image is there once it has been pulled.
func pulls(f *fake, report string) *fake {
	var there atomic.Bool
	f.on("create", func(w http.ResponseWriter, r *http.Request) {
		if there.Load() {
			answer(http.StatusCreated, `{"Id":"0123456789abcdef"}`)(w, r)
			return
		}
		answer(http.StatusNotFound, `{"message":"No such image: image:latest"}`)(w, r)
	})
	return f.on("pull", func(w http.ResponseWriter, r *http.Request) {
		there.Store(true)
		answer(http.StatusOK, report)(w, r)
	})
}

func started(t *testing.T, r *Runtime, spec workload.Spec, progress io.Writer) error {
	t.Helper()
	p, err := r.Start(t.Context(), spec, workload.Environment{}, workload.Streams{Out: io.Discard, Err: io.Discard, Progress: progress})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := p.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	return nil
}

func TestPull_MissingImageIsPulledOnceWithAFewLines(t *testing.T) {
	f, r := newFake(t, Config{})
	pulls(f, pullReport)
	var progress bytes.Buffer
	if err := started(t, r, local, &progress); err != nil {
		t.Fatal(err)
	}
	if got := progress.String(); !strings.HasPrefix(got, "Pulling image\nPulled image: 2 layers, 2.5 MB in ") || strings.Count(got, "\n") != 2 {
		t.Errorf("%q", got)
	}
	if f.called("pull") != 1 || f.called("create") != 2 {
		t.Error(f.calls)
	}
}

func TestPull_LocalImageCostsNoCall(t *testing.T) {
	f, r := newFake(t, Config{})
	if err := started(t, r, local, nil); err != nil {
		t.Fatal(err)
	}
	if f.called("pull")+f.called("inspect") != 0 {
		t.Error(f.calls)
	}
}

func TestPull_AlwaysPullsBeforeCreate(t *testing.T) {
	f, r := newFake(t, Config{Auth: func(registry string) (string, error) {
		if registry != "ghcr.io" {
			t.Error(registry)
		}
		return "encoded", nil
	}})
	pulls(f, pullReport)
	f.mu.Lock()
	pull := f.handlers["pull"]
	f.mu.Unlock()
	f.on("pull", func(w http.ResponseWriter, req *http.Request) {
		if req.Header.Get("X-Registry-Auth") != "encoded" || req.URL.RawQuery != "fromImage=ghcr.io%2Fa%2Fb&tag=2" {
			t.Error(req.URL, req.Header)
		}
		pull(w, req)
	})
	if err := started(t, r, workload.Spec{Image: "ghcr.io/a/b:2", Pull: "always"}, nil); err != nil {
		t.Fatal(err)
	}
	if f.called("create") != 1 {
		t.Error(f.calls)
	}
}

func TestPull_FailureNamesTheImageAndItsClass(t *testing.T) {
	stall := func(w http.ResponseWriter, req *http.Request) {
		_, _ = io.WriteString(w, `{"status":"Downloading","id":"a"}`)
		w.(http.Flusher).Flush()
		<-req.Context().Done()
	}
	tests := map[string]struct {
		pull    string
		handler http.HandlerFunc
		want    error
		says    string
	}{
		"never":                  {"never", nil, secret.ErrNotFound, "docker pull image"},
		"absent":                 {"", answer(http.StatusNotFound, `{"message":"manifest unknown"}`), secret.ErrNotFound, "docker login"},
		"login":                  {"", answer(http.StatusUnauthorized, `{"message":"no"}`), secret.ErrDenied, "docker login"},
		"registry":               {"", answer(http.StatusInternalServerError, `{"message":"no route to host"}`), secret.ErrUnavailable, "no route to host"},
		"in the report":          {"", answer(http.StatusOK, `{"status":"x"}{"error":"disk full","errorDetail":{"message":"disk full"}}`), secret.ErrUnavailable, "disk full"},
		"manifest in the report": {"", answer(http.StatusOK, `{"status":"x"}{"error":"manifest unknown: manifest unknown"}`), secret.ErrNotFound, "manifest unknown"},
		"name in the report":     {"", answer(http.StatusOK, `{"error":"errors:\nname unknown: repository name not known to registry"}`), secret.ErrNotFound, "name unknown"},
		"platform in the report": {"", answer(http.StatusOK, `{"error":"no matching manifest for linux/amd64 in the manifest list entries"}`), secret.ErrNotFound, "linux/amd64"},
		"containerd's words":     {"", answer(http.StatusOK, `{"error":"failed to resolve reference \"127.0.0.1:1/a:b\": 127.0.0.1:1/a:b: not found"}`), secret.ErrNotFound, "not found"},
		"podman's words":         {"", answer(http.StatusInternalServerError, `{"message":"initializing source docker://127.0.0.1:1/a:b: reading manifest b in 127.0.0.1:1/a: manifest unknown"}`), secret.ErrNotFound, "manifest unknown"},
		"login in the report":    {"", answer(http.StatusOK, `{"error":"unauthorized: authentication required"}`), secret.ErrDenied, "docker login"},
		"a refused connection":   {"", answer(http.StatusOK, `{"error":"dial tcp 127.0.0.1:1: connect: connection refused"}`), secret.ErrUnavailable, "connection refused"},
		"garbage":                {"", garbage, secret.ErrUnavailable, "image"},
		"silence":                {"", hang, secret.ErrUnavailable, "no progress"},
		"stall":                  {"", stall, secret.ErrUnavailable, "no progress"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, r := newFake(t, Config{})
			if test.says == "no progress" {
				hasty(r)
			}
			pulls(f, "")
			if test.handler != nil {
				f.on("pull", test.handler)
			}
			spec := local
			spec.Pull = test.pull
			err := started(t, r, spec, nil)
			if !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.says) || !strings.Contains(err.Error(), "image") {
				t.Error(err)
			}
		})
	}
}

// Slow is not stalled: the bound is for the time between two signs of progress.
func TestPull_ThatGoesOnIsNotCutOff(t *testing.T) {
	f, r := newFake(t, Config{})
	hasty(r)
	pulls(f, "")
	f.mu.Lock()
	done := f.handlers["pull"]
	f.mu.Unlock()
	f.on("pull", func(w http.ResponseWriter, req *http.Request) {
		for range 8 {
			_, _ = io.WriteString(w, `{"status":"Downloading","id":"a"}`)
			w.(http.Flusher).Flush()
			time.Sleep(r.limits.pull / 4) //nolint:forbidigo // a registry that is slow
		}
		done(w, req)
	})
	if err := started(t, r, local, nil); err != nil {
		t.Error(err)
	}
}

func TestPull_CancelledIsCancelled(t *testing.T) {
	f, r := newFake(t, Config{})
	pulls(f, "")
	ctx, cancel := context.WithCancel(t.Context())
	f.on("pull", func(_ http.ResponseWriter, req *http.Request) {
		cancel()
		<-req.Context().Done()
	})
	_, err := r.Start(ctx, local, workload.Environment{}, discard)
	if !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestProgress_TerminalGetsOneLineThatIsDrawnAgain(t *testing.T) {
	var out bytes.Buffer
	p := newProgress("image", nil, false)
	p.out, p.terminal = &out, true
	if err := readPull(strings.NewReader(pullReport), p.add); err != nil {
		t.Fatal(err)
	}
	p.drawn = time.Time{}
	p.draw()
	p.end(nil)
	got := out.String()
	if !strings.Contains(got, "\r\033[KPulling image: 2 of 2 layers, 2.5 MB") || strings.Count(got, "\n") != 1 || strings.Contains(got, "[31m") {
		t.Errorf("%q", got)
	}
}
