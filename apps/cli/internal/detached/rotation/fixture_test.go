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

// backend is a provider whose values and failure a test sets. It counts the questions.
type backend struct {
	mu     sync.Mutex
	values map[string]string
	err    error
	asked  int
}

func (b *backend) Get(_ context.Context, ref secret.Ref) (secret.Value, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
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

func (b *backend) questions() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.asked
}

// rig is a workload with a Watcher, in a bubble with a clock of its own.
type rig struct {
	store, remote *backend
	subjects      []Subject
	resolver      *resolve.Resolver
	changes       chan error
	watchErr      error
	watcher       *Watcher

	mu sync.Mutex
	// acts are when the workload got other values, and got what they were by target.
	acts     []time.Duration
	changed  []string
	got      map[string]string
	applyErr error
	renewErr error
	states   []State
	start    time.Time
}

// newRig has API_KEY from the store and TOKEN from a provider that must be asked, as
// far as named in refs.
func newRig(t *testing.T, interval time.Duration, refs ...string) *rig {
	t.Helper()
	r := &rig{
		store:   &backend{values: map[string]string{"api-key": "one", "other": "x"}},
		remote:  &backend{values: map[string]string{"vault/token": "one"}},
		changes: make(chan error, 1), got: map[string]string{}, start: time.Now(),
	}
	open := func(b *backend) provider.Opener {
		return func(context.Context) (provider.Provider, error) { return b, nil }
	}
	var err error
	r.resolver, err = resolve.New(resolve.Config{
		Chain:   []resolve.Step{{Provider: "store", Open: open(r.store)}},
		Schemes: map[string]resolve.Step{"op": {Provider: "remote", Open: open(r.remote)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range refs {
		ref, err := secret.ParseRef(text)
		if err != nil {
			t.Fatal(err)
		}
		r.subjects = append(r.subjects, Subject{Ref: ref, Target: secret.TargetName(text)})
	}
	prints, err := secret.NewFingerprinter([]byte(strings.Repeat("k", secret.MinFingerprintKey)))
	if err != nil {
		t.Fatal(err)
	}
	r.watcher, err = New(Config{
		Subjects: func() ([]Subject, error) { return r.subjects, nil }, Resolve: r.resolver.Resolve,
		Renew: r.renew, Apply: r.apply, Change: workload.SecretChange{Restart: true}, Fingerprints: prints, Interval: interval,
		Notice: func(name string) Notice { return map[string]Notice{"store": Told, "remote": Asked}[name] },
		Watch: func(context.Context) (<-chan error, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.changes, r.watchErr
		},
		Random: func() float64 { return 0.5 },
		Report: func(s State) { r.mu.Lock(); defer r.mu.Unlock(); r.states = append(r.states, s) },
	})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func (r *rig) renew(ctx context.Context) (Renewal, error) {
	r.mu.Lock()
	err := r.renewErr
	r.mu.Unlock()
	if err != nil {
		return Renewal{}, err
	}
	resolution, err := r.resolver.Resolve(ctx, refsOf(r.subjects))
	return Renewal{Reading: Reading{Subjects: r.subjects, Resolution: resolution}}, err
}

func (r *rig) apply(_ context.Context, all Renewal, d rotate.Decision) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts = append(r.acts, time.Since(r.start))
	if r.applyErr != nil {
		return r.applyErr
	}
	r.changed = append(r.changed, d.Changed...)
	for _, s := range all.Subjects {
		value, _ := all.Resolution.Value(s.Ref)
		r.got[s.Target] = string(value.Bytes())
	}
	return nil
}

// run starts the workload and the Watcher, which ends with the test's bubble.
func (r *rig) run(t *testing.T) {
	t.Helper()
	all, err := r.renew(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	r.watcher.Started(all.Reading)
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	go r.watcher.Run(ctx)
	r.after(time.Second)
}

// cannotWatch sets why no file tells of changes; nil where one does.
func (r *rig) cannotWatch(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watchErr = err
}

// tell says that a file has changed.
func (r *rig) tell() {
	select {
	case r.changes <- nil:
	default:
	}
}

// after lets time pass.
func (r *rig) after(d time.Duration) {
	time.Sleep(d) //nolint:forbidigo // the clock of synctest
	synctest.Wait()
}

// acted asserts how often the workload got other values, and the one of target now.
func (r *rig) acted(t *testing.T, times int, target, value string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.acts) != times || r.got[target] != value {
		t.Errorf("it acted %d times, at %v, and %s is %q; want %d and %q", len(r.acts), r.acts, target, r.got[target], times, value)
	}
}

func (r *rig) state() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.states) == 0 {
		return State{}
	}
	return r.states[len(r.states)-1]
}

var errRateLimit = fmt.Errorf("%w: too many requests", secret.ErrUnavailable)

func names(m map[string]time.Time) []string { return slices.Sorted(maps.Keys(m)) }

var errApply = errors.New("it could not be stopped")
