package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// fake is a Runtime that starts nothing, and whose workloads end when they are
// told to.
type fake struct {
	mu      sync.Mutex
	running []*fakeProcess
	starts  []string // environments
	found   []workload.Instance
	removed []string
	// begin, where it is set, decides a start; find does a search.
	begin func(ctx context.Context, n int) error
	find  error
	// executed, where it is set, is what a process says of its program.
	executed func(*fakeProcess) (bool, error)
}

type fakeProcess struct {
	id      string
	runtime *fake
	spec    workload.Spec
	streams workload.Streams
	once    sync.Once
	over    chan struct{}
	status  int
	err     error
}

func (f *fake) Check(context.Context) error { return nil }

func (f *fake) Start(ctx context.Context, spec workload.Spec, e workload.Environment, streams workload.Streams) (workload.Process, error) {
	f.mu.Lock()
	n := len(f.starts)
	f.starts = append(f.starts, fmt.Sprint(e.Strings()))
	begin := f.begin
	f.mu.Unlock()
	if begin != nil {
		if err := begin(ctx, n); err != nil {
			return nil, err
		}
	}
	p := &fakeProcess{id: fmt.Sprintf("container-%d", n), runtime: f, spec: spec, streams: streams, over: make(chan struct{})}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.running = append(f.running, p)
	return p, nil
}

func (f *fake) Find(context.Context, map[string]string) ([]workload.Instance, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.found, f.find
}

func (f *fake) Remove(_ context.Context, id string, _ time.Duration) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.removed, f.found = append(f.removed, id), nil
	return nil
}

func (f *fake) last() *fakeProcess {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.running) == 0 {
		return nil
	}
	return f.running[len(f.running)-1]
}

func (f *fake) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.starts)
}

func (p *fakeProcess) ID() string { return p.id }

func (p *fakeProcess) Executed(context.Context) (bool, error) {
	if p.runtime.executed == nil {
		return true, nil
	}
	return p.runtime.executed(p)
}

func (p *fakeProcess) end(exit int, err error) {
	p.once.Do(func() { p.status, p.err = exit, err; close(p.over) })
}

func (p *fakeProcess) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.over:
		return p.status, p.err
	case <-ctx.Done():
		p.end(0, ctx.Err())
		return 0, ctx.Err()
	}
}

func (p *fakeProcess) Signal(context.Context, os.Signal) error { p.end(143, nil); return nil }

func (p *fakeProcess) Resize(context.Context, workload.Size) error { return nil }

// bench is a supervisor over a fake.
type bench struct {
	t       *testing.T
	runtime *fake
	config  Config
	value   func() (string, error)
	told    chan error
	ended   chan error
	socket  string
}

func newBench(t *testing.T) *bench {
	t.Helper()
	sockets, err := os.MkdirTemp("", "thv-s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	folder := t.TempDir()
	b := &bench{t: t, runtime: &fake{}, told: make(chan error, 1), ended: make(chan error, 1)}
	b.value = func() (string, error) { return "canary-one", nil }
	b.config = Config{
		Name: "web", Spec: workload.Spec{Image: "example/web:1", Restart: workload.RestartAlways, Labels: map[string]string{"own": "1"}}, Runtime: b.runtime,
		Statuses: status.New(filepath.Join(folder, "statuses")), LogPath: filepath.Join(folder, "web.log"),
		SocketFolders: []string{filepath.Join(sockets, "own")},
		Started:       func(_ status.Status, err error) { b.told <- err },
		Resolve: func(context.Context) (workload.Environment, error) {
			var e workload.Environment
			value, err := b.value()
			if err == nil {
				err = e.SetSecret("KEY", secret.NewValue([]byte(value)))
			}
			return e, err
		},
	}
	return b
}

// run starts the supervisor, and waits until it says that the workload runs.
func (b *bench) run(ctx context.Context) {
	b.t.Helper()
	b.begin(ctx)
	select {
	case err := <-b.told:
		if err != nil {
			b.t.Fatal(err)
		}
	case err := <-b.ended:
		b.t.Fatal("it ended: ", err)
	}
}

func (b *bench) begin(ctx context.Context) {
	b.t.Helper()
	s, err := New(b.config)
	if err != nil {
		b.t.Fatal(err)
	}
	b.socket = s.listener.Addr().String()
	go func() { b.ended <- s.Run(ctx) }()
}

func (b *bench) call(verb string) (control.Answer, error) {
	return control.Call(b.t.Context(), b.socket, control.Request{Verb: verb, Grace: time.Minute})
}

func (b *bench) stop() {
	b.t.Helper()
	if _, err := b.call(control.Stop); err != nil {
		b.t.Error(err)
	}
	b.over(status.Stopped)
}

// over waits for the supervisor's end and checks the last state.
func (b *bench) over(want status.State) status.Status {
	b.t.Helper()
	if err := <-b.ended; err != nil {
		b.t.Error(err)
	}
	st, err := b.config.Statuses.Read("web")
	if err != nil || st.State != want || b.config.Statuses.HasSupervisor("web") {
		b.t.Errorf("%+v %v, want %s", st, err, want)
	}
	return st
}

// until waits for a status.
func (b *bench) until(which func(status.Status) bool) status.Status {
	b.t.Helper()
	var st status.Status
	for range poll.Every(5 * time.Millisecond) {
		var err error
		if st, err = b.config.Statuses.Read("web"); err == nil && which(st) {
			return st
		}
	}
	b.t.Fatalf("got %+v after two minutes, want another status", st)
	return st
}

func is(state status.State) func(status.Status) bool {
	return func(st status.Status) bool { return st.State == state }
}

func (b *bench) log() string {
	text, err := os.ReadFile(b.config.LogPath)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		b.t.Error(err)
	}
	return string(text)
}

func print(to io.Writer, text string) { _, _ = io.WriteString(to, text) }
