// Package rotation detects that a secret of a running workload has changed, and gives
// the workload the new value. It does not know what runs the workload.
//
// A change is detected at once if the provider's file is watched, and at an interval if
// the provider is polled. A secret has changed if its value differs from the one that
// the workload was started with. Only keyed fingerprints of values are kept.
package rotation

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// The defaults of a Config, for a workload that says no interval itself.
const (
	// DefaultInterval is how often a provider without change notification is polled: 96
	// times a day, so that ten workloads fit into the smallest quota of 1Password.
	DefaultInterval = 15 * time.Minute
	// DefaultSpacing is the least time between two actions.
	DefaultSpacing = 10 * time.Second
)

// Detection is how a change at a provider is detected.
type Detection int

// The ways. Polled is the zero Detection: a provider of which nothing is known is polled.
const (
	Polled    Detection = iota // at an interval
	Watched                    // at once, from a file
	Immutable                  // never: it does not change while this process lives
)

// BoundSecret is a secret of the workload, and the variable or file that holds it.
type BoundSecret struct {
	Ref    secret.Ref
	Target string
}

// Snapshot is the workload's secrets at one time.
type Snapshot struct {
	Secrets    []BoundSecret
	Resolution *resolve.Resolution
}

// Update is everything that the workload is to get.
type Update struct {
	Snapshot
	Environment workload.Environment
}

// ErrStarting is the error of an Apply that came during another start.
var ErrStarting = errors.New("the workload is being started just now")

// Config is what a Watcher works with. All fields but Interval, Spacing, Random and
// Report must be set.
type Config struct {
	// Secrets returns which secrets the workload has, which an env file may have
	// changed. It asks no provider.
	Secrets func() ([]BoundSecret, error)
	// Resolve resolves some of them.
	Resolve func(context.Context, []secret.Ref) (*resolve.Resolution, error)
	// ResolveAll resolves all of them again.
	ResolveAll func(context.Context) (Update, error)
	// Change is what a change does. It must not be the one that ignores all.
	Change workload.SecretChange
	// Apply gives the workload an Update, as the Decision says, which is to act. With an
	// error the workload has what it had; ErrStarting says that it is just being started
	// with other values, after which it is checked again.
	Apply func(context.Context, Update, rotate.Decision) error
	// Detection returns how changes at a provider, by its configured name, are detected.
	Detection func(provider string) Detection
	// Watch reports changed files, once for any number of changes that were not received
	// yet: nil for a change, an error if no more will follow.
	Watch func(context.Context) (<-chan error, error)
	// Fingerprints must have a key of its own, since it need not outlive the Watcher.
	Fingerprints secret.Fingerprinter
	// Interval is the time between two polls of a provider, and, if Spacing is zero,
	// the minimum time between two actions. Zero is DefaultInterval, with a Spacing of
	// DefaultSpacing.
	Interval, Spacing time.Duration
	// Random returns numbers from 0 to below 1, which spread the polls of many
	// workloads; nil is a random source.
	Random func() float64
	// Report is called with every change of the State, by one goroutine at a time.
	Report func(State)
}

// Watcher watches for one workload. It is made by New.
type Watcher struct {
	config Config
	// started wakes Run after Started.
	started chan struct{}

	mu    sync.Mutex
	known map[string]known // by target
	plan  plan
	state State
}

// known is what is remembered of a secret that the workload has.
type known struct {
	ref         secret.Ref
	fingerprint string
	detection   Detection
}

// New returns a Watcher that does nothing before Run.
func New(c Config) (*Watcher, error) {
	if c.Secrets == nil || c.Resolve == nil || c.ResolveAll == nil || c.Apply == nil || c.Detection == nil || c.Watch == nil || c.Change.Ignores() {
		return nil, errors.New("a watcher for changed secrets needs all of its functions, and something to do")
	}
	switch {
	case c.Interval <= 0:
		c.Interval = DefaultInterval
		if c.Spacing <= 0 {
			c.Spacing = DefaultSpacing
		}
	case c.Spacing <= 0:
		c.Spacing = c.Interval
	}
	if c.Random == nil {
		c.Random = rand.Float64
	}
	if c.Report == nil {
		c.Report = func(State) {}
	}
	return &Watcher{
		config: c, started: make(chan struct{}, 1),
		known: map[string]known{}, plan: plan{interval: c.Interval, policy: rotate.Policy{Change: c.Change, Spacing: c.Spacing}, random: c.Random},
	}, nil
}

// Started says that the workload was started with what r has, by whomever. It must
// be called once before Run, and may be called at any time afterwards.
func (w *Watcher) Started(r Snapshot) {
	w.mu.Lock()
	w.remember(r)
	w.plan.polled(time.Now())
	w.mu.Unlock()
	select {
	case w.started <- struct{}{}:
	default:
	}
}

// Run watches until ctx is done. If nothing can change, it only waits.
func (w *Watcher) Run(ctx context.Context) {
	changes := w.watch(ctx)
	// A file may have changed before it was watched.
	w.fileChanged(time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		w.setTimer(timer)
		select {
		case <-ctx.Done():
			return
		case <-w.started:
		case err := <-changes:
			if err != nil {
				w.unwatched(err)
				changes = nil
			}
			w.fileChanged(time.Now())
		case <-timer.C:
			w.check(ctx)
			if changes == nil {
				changes = w.watch(ctx)
			}
		}
	}
}

// fileChanged notes that a file may have changed.
func (w *Watcher) fileChanged(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan.fileChanged(now)
}

// watch starts to watch files. It returns nil if they cannot be watched.
func (w *Watcher) watch(ctx context.Context) <-chan error {
	changes, err := w.config.Watch(ctx)
	if err != nil {
		w.unwatched(err)
		return nil
	}
	w.mu.Lock()
	if !w.plan.pollOnly {
		w.mu.Unlock()
		return changes
	}
	w.plan.pollOnly = false
	w.state.Unwatched = ""
	w.plan.fileChanged(time.Now())
	w.report()
	return changes
}

// unwatched records why files are not watched: all secrets are polled until they are.
func (w *Watcher) unwatched(err error) {
	w.mu.Lock()
	if w.plan.pollOnly {
		w.mu.Unlock()
		return
	}
	w.plan.pollOnly = true
	w.state.Unwatched = err.Error()
	w.plan.polled(time.Now())
	w.report()
}

// setTimer sets the timer to the next check, and stops it if there is none.
func (w *Watcher) setTimer(timer *time.Timer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	timer.Stop()
	if at := w.plan.next(w.has(Polled), w.has(Watched)); !at.IsZero() {
		timer.Reset(time.Until(at))
	}
}

func (w *Watcher) has(detection Detection) bool {
	for _, k := range w.known {
		if k.detection == detection {
			return true
		}
	}
	return false
}
