package rotation

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// backend is a provider whose values and failure a test sets. It counts the requests.
type backend struct {
	mu     sync.Mutex
	values map[string]string
	err    error
	count  int
}

func (b *backend) Get(_ context.Context, ref secret.Ref) (secret.Value, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.count++
	if b.err != nil {
		return secret.Value{}, b.err
	}
	value, is := b.values[ref.Path()]
	if !is {
		return secret.Value{}, fmt.Errorf("%w: here", secret.ErrNotFound)
	}
	return secret.NewValue([]byte(value)), nil
}

func (b *backend) set(name, value string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.values[name] = value
}

func (b *backend) fail(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
}

func (b *backend) requests() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// fixture is a workload with a Watcher, in a bubble with a clock of its own.
type fixture struct {
	store, remote *backend
	secrets       []BoundSecret
	resolver      *resolve.Resolver
	changes       chan error
	watchErr      error
	watcher       *Watcher

	mu sync.Mutex
	// actions are when the workload got other values, and got holds those by target.
	actions    []time.Duration
	changed    []string
	got        map[string]string
	applyErr   error
	resolveErr error
	states     []State
	start      time.Time
}

// newFixture returns a fixture whose workload has the secrets refs: bare names are in the
// store, which is watched, and op:// references at a provider that is polled.
func newFixture(t *testing.T, interval time.Duration, refs ...string) *fixture {
	t.Helper()
	f := &fixture{
		store:   &backend{values: map[string]string{"api-key": "one", "other": "x"}},
		remote:  &backend{values: map[string]string{"vault/token": "one"}},
		changes: make(chan error, 1), got: map[string]string{}, start: time.Now(),
	}
	open := func(b *backend) provider.Opener {
		return func(context.Context) (provider.Provider, error) { return b, nil }
	}
	var err error
	f.resolver, err = resolve.New(resolve.Config{
		Chain:   []resolve.Step{{Provider: "store", Open: open(f.store)}},
		Schemes: map[string]resolve.Step{"op": {Provider: "remote", Open: open(f.remote)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range refs {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		f.secrets = append(f.secrets, BoundSecret{Ref: ref, Target: secret.TargetName(text)})
	}
	prints, err := secret.NewFingerprinter([]byte(strings.Repeat("k", secret.MinFingerprintKey)))
	if err != nil {
		t.Fatal(err)
	}
	f.watcher, err = New(Config{
		Secrets: func() ([]BoundSecret, error) { return f.secrets, nil }, Resolve: f.resolver.Resolve,
		ResolveAll: f.resolveAll, Apply: f.apply, Change: workload.SecretChange{Restart: true}, Fingerprints: prints, Interval: interval,
		Detection: func(name string) Detection { return map[string]Detection{"store": Watched, "remote": Polled}[name] },
		Watch: func(context.Context) (<-chan error, error) {
			f.mu.Lock()
			defer f.mu.Unlock()
			return f.changes, f.watchErr
		},
		Random: func() float64 { return 0.5 },
		Report: func(s State) { f.mu.Lock(); defer f.mu.Unlock(); f.states = append(f.states, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func (f *fixture) resolveAll(ctx context.Context) (Update, error) {
	f.mu.Lock()
	err := f.resolveErr
	f.mu.Unlock()
	if err != nil {
		return Update{}, err
	}
	resolution, err := f.resolver.Resolve(ctx, refsOf(f.secrets))
	return Update{Snapshot: Snapshot{Secrets: f.secrets, Resolution: resolution}}, err
}

func (f *fixture) apply(_ context.Context, all Update, d rotate.Decision) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.actions = append(f.actions, time.Since(f.start))
	if f.applyErr != nil {
		return f.applyErr
	}
	f.changed = append(f.changed, d.Changed...)
	for _, s := range all.Secrets {
		value, _ := all.Resolution.Value(s.Ref)
		f.got[s.Target] = string(value.Bytes())
	}
	return nil
}

// run starts the workload and the Watcher, which ends with the test's bubble.
func (f *fixture) run(t *testing.T) {
	t.Helper()
	all, err := f.resolveAll(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	f.watcher.Started(all.Snapshot)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go f.watcher.Run(ctx)
	f.advance(time.Second)
}

// cannotWatch sets why files cannot be watched; nil if they can.
func (f *fixture) cannotWatch(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.watchErr = err
}

// changeFile reports a changed file to the Watcher.
func (f *fixture) changeFile() {
	select {
	case f.changes <- nil:
	default:
	}
}

// advance lets time pass.
func (f *fixture) advance(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock of synctest
	synctest.Wait()
}

// wantActions asserts how often the workload got other values, and the value of target now.
func (f *fixture) wantActions(t *testing.T, times int, target, value string) {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.actions) != times || f.got[target] != value {
		t.Errorf("got %d actions, at %v, and %s %q; want %d and %q", len(f.actions), f.actions, target, f.got[target], times, value)
	}
}

func (f *fixture) state() State {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.states) == 0 {
		return State{}
	}
	return f.states[len(f.states)-1]
}

var errRateLimit = fmt.Errorf("%w: too many requests", secret.ErrUnavailable)

func names(m map[string]time.Time) []string { return slices.Sorted(maps.Keys(m)) }

var errApply = errors.New("it could not be stopped")
