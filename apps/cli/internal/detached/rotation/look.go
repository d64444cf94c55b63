package rotation

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
)

// look does the checks that are due, and applies the values that have changed.
func (w *Watcher) look(ctx context.Context) {
	w.mu.Lock()
	files, asks := w.plan.due(time.Now(), w.has(Asked), w.has(Told))
	w.mu.Unlock()
	if !files && !asks {
		return
	}
	decision, err := w.decide(ctx, files, asks)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.failed(err, files, asks)
	case decision.Action == rotate.Keep:
		w.looked(files, asks)
	case decision.Action == rotate.Wait:
		w.wait(decision.Until)
	default:
		w.act(ctx, files)
	}
}

// decide asks for what is due, and decides what its changes do. A provider that gave no
// answer a moment ago is waited for, since all secrets are needed for an action.
func (w *Watcher) decide(ctx context.Context, files, asks bool) (rotate.Decision, error) {
	subjects, err := w.config.Subjects()
	if err != nil {
		return rotate.Decision{}, err
	}
	due := w.dueOf(subjects, files, asks)
	if len(due) == 0 {
		return rotate.Decision{}, nil
	}
	resolution, err := w.config.Resolve(ctx, refsOf(due))
	if err != nil {
		return rotate.Decision{}, err
	}
	r := Reading{Subjects: due, Resolution: resolution}
	w.mu.Lock()
	defer w.mu.Unlock()
	situation := rotate.Situation{Changed: w.differing(r), Acted: w.plan.acted}
	if w.has(Asked) {
		situation.NotBefore = w.plan.notBefore
	}
	decision := rotate.Decide(time.Now(), situation, w.plan.policy)
	if decision.Action == rotate.Keep {
		w.remember(r) // since another provider may have answered
	}
	return decision, nil
}

// dueOf are those of subjects whose turn it is. What is new among them always is;
// what cannot change never.
func (w *Watcher) dueOf(subjects []Subject, files, asks bool) []Subject {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []Subject
	for _, s := range subjects {
		k, is := w.known[s.Target]
		if !is || k.ref != s.Ref || k.notice == Told && files || k.notice == Asked && asks {
			due = append(due, s)
		}
	}
	return due
}

// wait puts an action off.
func (w *Watcher) wait(until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan.wait(until)
}

// act gives the workload what is there now. With a failure it keeps what it has.
func (w *Watcher) act(ctx context.Context, files bool) {
	w.mu.Lock()
	asks := w.has(Asked)
	w.mu.Unlock()
	all, err := w.config.Renew(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		w.failed(err, files, asks)
		return
	}
	w.mu.Lock()
	situation := rotate.Situation{Changed: w.differing(all.Reading), Acted: w.plan.acted}
	decision := rotate.Decide(time.Now(), situation, w.plan.policy)
	w.mu.Unlock()
	if decision.Acts() {
		err = w.config.Apply(ctx, all, decision)
		if ctx.Err() != nil || w.again(err) {
			return
		}
	}
	if err != nil {
		w.failed(err, files, asks)
		return
	}
	w.applied(all.Reading, decision.Changed)
}

// again plans another check if err is ErrAgain, and reports whether it is; otherwise
// the action was done.
func (w *Watcher) again(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if errors.Is(err, ErrAgain) {
		w.plan.touched(now)
		return true
	}
	w.plan.acted = now
	return false
}

// differing returns the targets of r whose values are others than the workload has.
func (w *Watcher) differing(r Reading) []string {
	before, now := map[string]string{}, map[string]string{}
	for _, s := range r.Subjects {
		if value, is := r.Resolution.Value(s.Ref); is {
			now[s.Target] = w.config.Fingerprints.Of(s.Ref, value)
		}
	}
	for target, known := range w.known {
		before[target] = known.fingerprint
	}
	difference := rotate.Compare(before, now)
	return slices.Concat(difference.Changed, difference.Added)
}

// remember takes r for what the workload has.
func (w *Watcher) remember(r Reading) {
	notices := map[secret.Ref]Notice{}
	for _, trace := range r.Resolution.Trace() {
		notices[trace.Ref] = w.notice(trace)
	}
	for _, s := range r.Subjects {
		if value, is := r.Resolution.Value(s.Ref); is {
			w.known[s.Target] = known{ref: s.Ref, fingerprint: w.config.Fingerprints.Of(s.Ref, value), notice: notices[s.Ref]}
		}
	}
}

// notice is how a change of a secret would be noticed that was found this way: as at
// the provider, of those asked, whose changes are the hardest to notice.
func (w *Watcher) notice(trace resolve.RefTrace) Notice {
	hardest := Constant
	for _, ask := range trace.Attempts {
		hardest = min(hardest, w.config.Notice(ask.Provider))
	}
	return hardest
}

func refsOf(subjects []Subject) []secret.Ref {
	refs := make([]secret.Ref, len(subjects))
	for i, s := range subjects {
		refs[i] = s.Ref
	}
	return refs
}
