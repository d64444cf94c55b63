package rotation

import (
	"context"
	"errors"
	"time"

	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// look looks at what is due, and acts where a value is another one.
func (w *Watcher) look(ctx context.Context) {
	w.mu.Lock()
	files, asks := w.plan.due(time.Now(), w.has(Asked), w.has(Told))
	w.mu.Unlock()
	if !files && !asks {
		return
	}
	changed, err := w.changed(ctx, files, asks)
	switch {
	case ctx.Err() != nil:
	case err != nil:
		w.failed(err, files, asks)
	case !changed:
		w.looked(files, asks)
	case w.waits():
		// The store has a new value, and a provider that is needed for the whole of
		// them gave no answer a moment ago.
	default:
		w.act(ctx, files)
	}
}

// changed asks for what is due, and reports whether some of it is new.
func (w *Watcher) changed(ctx context.Context, files, asks bool) (bool, error) {
	subjects, err := w.config.Subjects()
	if err != nil {
		return false, err
	}
	due := w.dueOf(subjects, files, asks)
	if len(due) == 0 {
		return false, nil
	}
	resolution, err := w.config.Resolve(ctx, refsOf(due))
	if err != nil {
		return false, err
	}
	r := Reading{Subjects: due, Resolution: resolution}
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.differing(r)) > 0 {
		return true, nil
	}
	w.remember(r) // since another provider may have answered
	return false, nil
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

// waits puts an action off until a provider may be asked again, and reports
// whether it has.
func (w *Watcher) waits() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.has(Asked) || !w.plan.notBefore.After(time.Now()) {
		return false
	}
	w.plan.file, w.plan.burst = w.plan.notBefore, time.Time{}
	return true
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
	changed := w.differing(all.Reading)
	w.mu.Unlock()
	if len(changed) > 0 {
		err = w.config.Apply(ctx, all, changed)
		if ctx.Err() != nil || w.again(err) {
			return
		}
	}
	if err != nil {
		w.failed(err, files, asks)
		return
	}
	w.applied(all.Reading, changed)
}

// again has another look where err is ErrAgain, and reports whether it is; else
// there was an action.
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

// differing are the subjects of r whose values are others than the workload has.
func (w *Watcher) differing(r Reading) []Subject {
	var changed []Subject
	for _, s := range r.Subjects {
		value, is := r.Resolution.Value(s.Ref)
		if is && w.known[s.Target].fingerprint != w.config.Fingerprints.Of(s.Ref, value) {
			changed = append(changed, s)
		}
	}
	return changed
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
	for _, ask := range trace.Asks {
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
