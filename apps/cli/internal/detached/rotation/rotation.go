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

// Notice is how a change at a provider is noticed.
type Notice int

// The ways. Asked is the zero Notice: what is not known has to be asked.
const (
	Asked    Notice = iota // at an interval
	Told                   // at once, from a file
	Constant               // never: it does not change while this process lives
)

// Subject is a secret of the workload, and the variable or file that holds it.
type Subject struct {
	Ref    secret.Ref
	Target string
}

// Reading is the workload's secrets as they were at one time.
type Reading struct {
	Subjects   []Subject
	Resolution *resolve.Resolution
}

// Renewal is all that the workload is to get.
type Renewal struct {
	Reading
	Environment workload.Environment
}

// ErrAgain is the error of an Apply that came during another start.
var ErrAgain = errors.New("the workload is being started just now")

// Config is what a Watcher works with. All fields but Interval, Spacing, Random and
// Report must be set.
type Config struct {
	// Subjects answers which secrets the workload has, which an env file may have
	// changed. It asks no provider.
	Subjects func() ([]Subject, error)
	// Resolve asks for some of them.
	Resolve func(context.Context, []secret.Ref) (*resolve.Resolution, error)
	// Renew resolves all of them again.
	Renew func(context.Context) (Renewal, error)
	// Change is what a change does. It must not be the one that ignores all.
	Change workload.SecretChange
	// Apply gives the workload a Renewal, as the Decision says, which is to act. With an
	// error the workload has what it had; ErrAgain says that it is just being started with
	// others, and has it looked at again.
	Apply func(context.Context, Renewal, rotate.Decision) error
	// Notice says of a provider, by its configured name, how a change is noticed.
	Notice func(provider string) Notice
	// Watch tells of changed files, once for any number of changes that were not received
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
	notice      Notice
}

// New returns a Watcher that does nothing before Run.
func New(c Config) (*Watcher, error) {
	if c.Subjects == nil || c.Resolve == nil || c.Renew == nil || c.Apply == nil || c.Notice == nil || c.Watch == nil || c.Change.Ignores() {
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
func (w *Watcher) Started(r Reading) {
	w.mu.Lock()
	w.remember(r)
	w.plan.asked(time.Now())
	w.mu.Unlock()
	select {
	case w.started <- struct{}{}:
	default:
	}
}

// Run watches until ctx is done. If nothing can change, it only waits.
func (w *Watcher) Run(ctx context.Context) {
	changes := w.watch(ctx)
	// What changed before there was a watch.
	w.due(time.Now())
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		w.arm(timer)
		select {
		case <-ctx.Done():
			return
		case <-w.started:
		case err := <-changes:
			if err != nil {
				w.unwatched(err)
				changes = nil
			}
			w.due(time.Now())
		case <-timer.C:
			w.look(ctx)
			if changes == nil {
				changes = w.watch(ctx)
			}
		}
	}
}

// due notes that a file may have changed.
func (w *Watcher) due(now time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan.touched(now)
}

// watch starts to watch files. It returns nil if they cannot be watched.
func (w *Watcher) watch(ctx context.Context) <-chan error {
	changes, err := w.config.Watch(ctx)
	if err != nil {
		w.unwatched(err)
		return nil
	}
	w.mu.Lock()
	if !w.plan.deaf {
		w.mu.Unlock()
		return changes
	}
	w.plan.deaf = false
	w.state.Unwatched = ""
	w.plan.touched(time.Now())
	w.report()
	return changes
}

// unwatched has what a file would tell be asked for at the interval.
func (w *Watcher) unwatched(err error) {
	w.mu.Lock()
	if w.plan.deaf {
		w.mu.Unlock()
		return
	}
	w.plan.deaf = true
	w.state.Unwatched = err.Error()
	w.plan.asked(time.Now())
	w.report()
}

// arm sets the timer to when something is to be done; not at all where nothing is.
func (w *Watcher) arm(timer *time.Timer) {
	w.mu.Lock()
	defer w.mu.Unlock()
	timer.Stop()
	if at := w.plan.next(w.has(Asked), w.has(Told)); !at.IsZero() {
		timer.Reset(time.Until(at))
	}
}

func (w *Watcher) has(notice Notice) bool {
	for _, k := range w.known {
		if k.notice == notice {
			return true
		}
	}
	return false
}
