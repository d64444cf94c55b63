//go:build unix

package supervisor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/poll"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// engine starts workloads that only remember what they were given.
type engine struct {
	mu      sync.Mutex
	started []*remembering
	fails   error
	// slow, where not nil, is what a start waits for.
	slow chan struct{}
	// refreshes is whether files can be updated.
	refreshes bool
}

type remembering struct {
	engine      *engine
	environment workload.Environment
	streams     workload.Streams
	ended       chan struct{}
	once        sync.Once

	mu        sync.Mutex
	refreshed *workload.Environment
	signals   []os.Signal
}

func (e *engine) Check(context.Context) error { return nil }

func (e *engine) Start(ctx context.Context, _ workload.Spec, environment workload.Environment, streams workload.Streams) (workload.Process, error) {
	if e.slow != nil {
		select {
		case <-e.slow:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.fails != nil {
		return nil, e.fails
	}
	p := &remembering{engine: e, environment: environment, streams: streams, ended: make(chan struct{})}
	e.started = append(e.started, p)
	if e.refreshes {
		return refreshing{p}, nil
	}
	return p, nil
}

func (e *engine) last(t *testing.T, want int) *remembering {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.started) != want {
		t.Fatalf("%d starts, want %d", len(e.started), want)
	}
	return e.started[want-1]
}

func (p *remembering) Wait(ctx context.Context) (int, error) {
	select {
	case <-p.ended:
		return 143, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

func (p *remembering) Signal(_ context.Context, sig os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.signals = append(p.signals, sig)
	if sig == syscall.SIGTERM {
		p.once.Do(func() { close(p.ended) })
	}
	return nil
}

func (p *remembering) Resize(context.Context, workload.Size) error { return nil }

func (p *remembering) over() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

type refreshing struct{ *remembering }

func (p refreshing) Refresh(_ context.Context, environment workload.Environment) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refreshed = &environment
	return nil
}

// given is an environment with value as API_KEY, and as a file.
func given(t *testing.T, value string) workload.Environment {
	t.Helper()
	var e workload.Environment
	err := errors.Join(e.SetSecret("API_KEY", secret.NewValue([]byte(value))), e.SetFile("/run/secrets/key", 0o400, secret.NewValue([]byte(value))))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// supervising runs a workload with spec on e, whose first environment has value
// "first-value", and returns once it runs.
func supervising(t *testing.T, e *engine, spec workload.Spec) *Supervisor {
	t.Helper()
	folder, err := os.MkdirTemp("", "thv") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(folder) })
	started := make(chan error, 1)
	s, err := New(Config{
		Name: "server", Spec: spec, Runtime: e,
		Resolve:  func(context.Context) (workload.Environment, error) { return given(t, "first-value"), nil },
		Statuses: status.New(filepath.Join(folder, "statuses")), LogPath: filepath.Join(folder, "log"),
		SocketFolders: []string{folder},
		Started:       func(_ status.Status, err error) { started <- err },
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = s.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	if e.slow == nil {
		if err := <-started; err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// decided is what is decided for s if the secrets of targets have changed.
func decided(t *testing.T, s *Supervisor, targets ...string) rotate.Decision {
	t.Helper()
	does, err := workload.ParseSecretChange(s.config.Spec.OnSecretChange)
	if err != nil {
		t.Fatal(err)
	}
	return rotate.Decide(time.Now(), rotate.Situation{Changed: targets}, rotate.Policy{Change: does})
}

func logOf(t *testing.T, s *Supervisor, want string) string {
	t.Helper()
	var text []byte
	var err error
	for range poll.Every(5 * time.Millisecond) {
		if text, err = os.ReadFile(s.config.LogPath); strings.Contains(string(text), want) {
			return string(text)
		}
	}
	t.Fatalf("log: got %q, %v, want %q in it", text, err, want)
	return ""
}

func TestRotate_RestartsWithWhatItIsGiven(t *testing.T) {
	e := &engine{}
	s := supervising(t, e, workload.Spec{Image: "image", OnSecretChange: "restart"})
	first := e.last(t, 1)
	if err := s.Rotate(t.Context(), given(t, "second-value"), decided(t, s, "API_KEY")); err != nil {
		t.Fatal(err)
	}
	if !first.over() {
		t.Error("the former runs")
	}
	second := e.last(t, 2)
	if got := second.environment.Strings(); len(got) != 1 || got[0] != "API_KEY=second-value" {
		t.Errorf("it was not given the new value")
	}
	// What it prints is masked of both: a log that is read late has both.
	fmt.Fprint(second.streams.Out, "first-value second-value end\n")
	if text := logOf(t, s, "end"); strings.Contains(text, "-value") {
		t.Errorf("the log has a value: %q", text)
	}
	if st, _ := s.record.now(); st.State != status.Running || st.Restarts != 1 {
		t.Errorf("%+v", st)
	}
}

func TestRotate_LeavesARestartThatFailsToTheRestartPolicy(t *testing.T) {
	e := &engine{}
	s := supervising(t, e, workload.Spec{Image: "image", OnSecretChange: "restart"})
	e.mu.Lock()
	e.fails = fmt.Errorf("%w: the image is gone", secret.ErrNotFound)
	e.mu.Unlock()
	if err := s.Rotate(t.Context(), given(t, "second-value"), decided(t, s, "API_KEY")); err != nil {
		t.Errorf("%v: the former is gone, so this is no failed rotation", err)
	}
	// On a busy machine the next try may be under way already, and fail, too.
	var st status.Status
	for range poll.Every(5 * time.Millisecond) {
		if st, _ = s.record.now(); st.State == status.Restarting {
			break
		}
	}
	if st.State != status.Restarting || st.NextTry == nil || st.LastEnd.Class != "not-found" {
		t.Errorf("got %+v, want a restart after an error of class not-found", st)
	}
	e.mu.Lock()
	e.fails = nil
	e.mu.Unlock()
	// A change is a reason to try at once.
	err := rotation.ErrStarting
	for range poll.Every(5 * time.Millisecond) {
		if err = s.Rotate(t.Context(), given(t, "third-value"), decided(t, s, "API_KEY")); !errors.Is(err, rotation.ErrStarting) {
			break
		}
	}
	if err != nil {
		t.Errorf("got %v, want a start", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if len(e.started) < 2 {
		t.Errorf("got %d starts, want another after the change", len(e.started))
	}
}

func TestRotate_HasAStartThatIsUnderWayLookedAtAgain(t *testing.T) {
	e := &engine{slow: make(chan struct{})}
	s := supervising(t, e, workload.Spec{Image: "image", OnSecretChange: "restart"})
	o := order{change: &change{given(t, "second-value"), decided(t, s, "API_KEY")}, result: make(chan error, 1)}
	s.orders <- o // which the start receives
	close(e.slow)
	if err := <-o.result; !errors.Is(err, rotation.ErrStarting) {
		t.Errorf("%v", err)
	}
	e.last(t, 1)
}

func TestRotate_SignalsAfterItHasRewrittenTheFiles(t *testing.T) {
	e := &engine{refreshes: true}
	s := supervising(t, e, workload.Spec{Image: "image", OnSecretChange: "signal=USR1"})
	p := e.last(t, 1)
	fmt.Fprint(p.streams.Out, "before first-value\n")
	if err := s.Rotate(t.Context(), given(t, "second-value"), decided(t, s, "API_KEY", "/run/secrets/key")); err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	refreshed, signals := p.refreshed, p.signals
	p.mu.Unlock()
	if refreshed == nil || len(signals) != 1 || signals[0] != syscall.SIGUSR1 || p.over() {
		t.Errorf("refreshed: %v, signals: %v, over: %v", refreshed != nil, signals, p.over())
	}
	fmt.Fprint(p.streams.Out, "first-value second-value end\n")
	if text := logOf(t, s, "end"); strings.Contains(text, "-value") {
		t.Errorf("the log has a value: %q", text)
	}
	if st, _ := s.record.now(); st.Secrets == nil || len(st.Secrets.Kept) != 1 || st.Secrets.Kept[0] != "API_KEY" {
		t.Errorf("%+v", st.Secrets)
	}
	e.last(t, 1)
}

func TestRotate_SaysThatAnEngineRewritesNoFiles(t *testing.T) {
	e := &engine{}
	s := supervising(t, e, workload.Spec{Image: "image", OnSecretChange: "signal=HUP"})
	p := e.last(t, 1)
	err := s.Rotate(t.Context(), given(t, "second-value"), decided(t, s, "/run/secrets/key"))
	if !errors.Is(err, secret.ErrUnsupported) || len(p.signals) > 0 || p.over() {
		t.Errorf("%v, signals %v", err, p.signals)
	}
}
