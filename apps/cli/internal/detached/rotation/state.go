package rotation

import (
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// State is what there is to say of changed secrets. It holds no value, and nothing
// that follows from one.
type State struct {
	// Rotations counts the actions.
	Rotations int `json:"rotations"`
	// Changed is when each target last got another value.
	Changed map[string]time.Time `json:"changed,omitempty"`
	// Unwatched is why no files are watched, so that everything is polled; empty if
	// they are watched.
	Unwatched string `json:"unwatched,omitempty"`
	// Failure is the last failure; nil once all could be checked again.
	Failure *Failure `json:"failure,omitempty"`
}

// Failure is a check, or an action, that failed. The workload has what it had.
type Failure struct {
	At    time.Time    `json:"at"`
	Class secret.Class `json:"class"`
	// References are the references that the failure was about; empty if they are not
	// known.
	References []string `json:"references,omitempty"`
	// Message says of what was not consented to how it can be.
	Message string `json:"message,omitempty"`
	// Next is when it is tried again at the latest.
	Next time.Time `json:"next"`
}

// failed records a failure, and plans the next try.
func (w *Watcher) failed(err error, files, poll bool) {
	w.mu.Lock()
	now := time.Now()
	info := failureInfoOf(err)
	next := w.plan.failed(now, info, files, poll)
	w.state.Failure = &Failure{At: now, Class: info.class, References: failedReferences(err), Next: next}
	var ungranted *access.UngrantedError
	if errors.As(err, &ungranted) {
		w.state.Failure.References, w.state.Failure.Message = ungranted.References(), ungranted.Error()
	}
	w.report()
}

// checked records a check that found no change.
func (w *Watcher) checked(files, poll bool) {
	w.mu.Lock()
	w.plan.checked(time.Now(), files, poll)
	w.recovered()
}

// applied records what the workload has now.
func (w *Watcher) applied(r Snapshot, changed []string) {
	w.mu.Lock()
	now := time.Now()
	w.remember(r)
	w.plan.checked(now, true, true)
	if len(changed) > 0 {
		w.state.Rotations++
		w.state.Changed = maps.Clone(w.state.Changed)
		if w.state.Changed == nil {
			w.state.Changed = map[string]time.Time{}
		}
		for _, target := range changed {
			w.state.Changed[target] = now
		}
		w.state.Failure = nil
		w.report()
		return
	}
	w.recovered()
}

// recovered forgets the last failure once nothing is left to be tried again. It
// unlocks.
func (w *Watcher) recovered() {
	if w.state.Failure == nil || w.plan.fileCheckFailed || w.plan.pollFailed {
		w.mu.Unlock()
		return
	}
	w.state.Failure = nil
	w.report()
}

// report unlocks, and reports the State.
func (w *Watcher) report() {
	state := w.state
	state.Changed = maps.Clone(state.Changed)
	w.mu.Unlock()
	w.config.Report(state)
}

// failedReferences are the references that err is about.
func failedReferences(err error) []string {
	var one *secret.Error
	var missing *resolve.MissingError
	var refs []secret.Ref
	switch {
	case errors.As(err, &missing):
		refs = missing.Refs
	case errors.As(err, &one) && one.Ref != (secret.Ref{}):
		refs = []secret.Ref{one.Ref}
	}
	texts := make([]string, len(refs))
	for i, ref := range refs {
		texts[i] = ref.String()
	}
	slices.Sort(texts)
	return slices.Compact(texts)
}
