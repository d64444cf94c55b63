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

// check does the checks that are due, and applies the values that have changed.
func (w *Watcher) check(ctx context.Context) {
	w.mu.Lock()
	files, poll := w.plan.dueChecks(time.Now(), w.has(Polled), w.has(Watched))
	w.mu.Unlock()
	if !files && !poll {
		return
	}
	decision, err := w.decide(ctx, files, poll)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.failed(err, files, poll)
	case decision.Action == rotate.Keep:
		w.checked(files, poll)
	case decision.Action == rotate.Wait:
		w.postpone(decision.Until)
	default:
		w.update(ctx, files)
	}
}

// decide resolves the secrets that are due, and decides what their changes do. A provider
// that did not respond a moment ago is waited for, since an action needs all secrets.
func (w *Watcher) decide(ctx context.Context, files, poll bool) (rotate.Decision, error) {
	secrets, err := w.config.Secrets()
	if err != nil {
		return rotate.Decision{}, err
	}
	due := w.dueSecrets(secrets, files, poll)
	if len(due) == 0 {
		return rotate.Decision{}, nil
	}
	resolution, err := w.config.Resolve(ctx, refsOf(due))
	if err != nil {
		return rotate.Decision{}, err
	}
	r := Snapshot{Secrets: due, Resolution: resolution}
	w.mu.Lock()
	defer w.mu.Unlock()
	situation := rotate.Situation{Changed: w.changedTargets(r), Acted: w.plan.lastAction}
	if w.has(Polled) {
		situation.NotBefore = w.plan.notBefore
	}
	decision := rotate.Decide(time.Now(), situation, w.plan.policy)
	if decision.Action == rotate.Keep {
		w.remember(r) // since another provider may have had the value
	}
	return decision, nil
}

// dueSecrets returns those of secrets that are to be resolved in this check. New ones
// always are, immutable ones never.
func (w *Watcher) dueSecrets(secrets []BoundSecret, files, poll bool) []BoundSecret {
	w.mu.Lock()
	defer w.mu.Unlock()
	var due []BoundSecret
	for _, s := range secrets {
		k, is := w.known[s.Target]
		if !is || k.ref != s.Ref || k.detection == Watched && files || k.detection == Polled && poll {
			due = append(due, s)
		}
	}
	return due
}

// postpone puts the action off until then.
func (w *Watcher) postpone(until time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.plan.postpone(until)
}

// update resolves all secrets, and applies the changed ones. After a failure the workload keeps
// its values.
func (w *Watcher) update(ctx context.Context, files bool) {
	w.mu.Lock()
	poll := w.has(Polled)
	w.mu.Unlock()
	all, err := w.config.ResolveAll(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		w.failed(err, files, poll)
		return
	}
	w.mu.Lock()
	situation := rotate.Situation{Changed: w.changedTargets(all.Snapshot), Acted: w.plan.lastAction}
	decision := rotate.Decide(time.Now(), situation, w.plan.policy)
	w.mu.Unlock()
	if decision.Acts() {
		err = w.config.Apply(ctx, all, decision)
		if ctx.Err() != nil || w.retryLater(err) {
			return
		}
	}
	if err != nil {
		w.failed(err, files, poll)
		return
	}
	w.applied(all.Snapshot, decision.Changed)
}

// retryLater plans another check if err is ErrStarting, and reports whether it is;
// otherwise the action was done.
func (w *Watcher) retryLater(err error) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	now := time.Now()
	if errors.Is(err, ErrStarting) {
		w.plan.fileChanged(now)
		return true
	}
	w.plan.lastAction = now
	return false
}

// changedTargets returns the targets in r whose values differ from the workload's.
func (w *Watcher) changedTargets(r Snapshot) []string {
	before, now := map[string]string{}, map[string]string{}
	for _, s := range r.Secrets {
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

// remember records r as the workload's present values.
func (w *Watcher) remember(r Snapshot) {
	detections := map[secret.Ref]Detection{}
	for _, trace := range r.Resolution.Trace() {
		detections[trace.Ref] = w.detectionOf(trace)
	}
	for _, s := range r.Secrets {
		if value, is := r.Resolution.Value(s.Ref); is {
			w.known[s.Target] = known{ref: s.Ref, fingerprint: w.config.Fingerprints.Of(s.Ref, value), detection: detections[s.Ref]}
		}
	}
}

// detectionOf returns how a change of a secret with this trace is detected: the slowest
// way among the providers that were asked.
func (w *Watcher) detectionOf(trace resolve.RefTrace) Detection {
	slowest := Immutable
	for _, attempt := range trace.Attempts {
		slowest = min(slowest, w.config.Detection(attempt.Provider))
	}
	return slowest
}

func refsOf(secrets []BoundSecret) []secret.Ref {
	refs := make([]secret.Ref, len(secrets))
	for i, s := range secrets {
		refs[i] = s.Ref
	}
	return refs
}
