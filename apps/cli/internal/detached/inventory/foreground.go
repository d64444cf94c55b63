package inventory

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// leftover has the running containers of killed foreground runs of one name.
type leftover struct {
	containers []string
	image      string
	began      time.Time
	// under is the status of the detached workload of that name; the zero Status if it
	// has none.
	under status.Status
}

// foreground divides found into containers of detached workloads, which it returns, and those
// that killed foreground runs have left; containers of live runs are in neither. It forgets
// killed runs that left nothing.
func (r *Lister) foreground(found []workload.Instance) []workload.Instance {
	var detached []workload.Instance
	has := map[string]bool{}
	r.left = map[string]*leftover{}
	for _, f := range found {
		id := f.Labels[supervisor.LabelForeground]
		switch {
		case id == "":
			detached = append(detached, f)
			continue
		case supervisor.Attended(r.statuses, f):
			continue
		}
		has[id] = true
		if f.Running {
			r.leftBy(f.Labels[supervisor.LabelName]).add(f, r.run(id))
		}
	}
	for _, run := range r.gone {
		if !has[run.ID] && r.EngineErr == nil {
			r.statuses.Forget(run)
		}
	}
	return detached
}

func (r *Lister) run(id string) status.Run {
	i := slices.IndexFunc(r.gone, func(run status.Run) bool { return run.ID == id })
	if i < 0 {
		return status.Run{}
	}
	return r.gone[i]
}

func (r *Lister) leftBy(name string) *leftover {
	if r.left[name] == nil {
		r.left[name] = &leftover{}
	}
	return r.left[name]
}

func (l *leftover) add(f workload.Instance, run status.Run) {
	l.containers = append(l.containers, f.ID)
	if l.image == "" {
		l.image, l.began = run.Image, run.Began
	}
}

// status returns the status of l: it runs without a supervisor.
func (l *leftover) status(name string) status.Status {
	st := status.Status{Schema: status.Schema, Name: name}
	if l.under.Name != "" {
		st = l.under
	}
	st.To(status.Unsupervised, l.began)
	st.Image, st.Container = l.image, l.containers[0]
	return st
}

// merge adds the statuses of foreground runs, and of what they left, to all, the
// statuses of names. A foreground run replaces the status of a stopped workload of its
// name. It is appended if every is set, or if its name is among names and had no
// status; then the name is deleted from failed.
func (r *Lister) merge(all []status.Status, names []string, failed map[string]error, every bool) []status.Status {
	r.under = map[string]status.Status{}
	for _, st := range all {
		r.under[st.Name] = st
	}
	for name, left := range r.left {
		left.under = r.under[name]
	}
	for _, st := range r.foregroundStatuses() {
		i := slices.IndexFunc(all, func(other status.Status) bool { return other.Name == st.Name })
		switch {
		case i >= 0 && !runs(all[i].State):
			all[i] = st
		case i >= 0 && every:
			all = append(all, st)
		case i < 0 && (every || slices.Contains(names, st.Name) && errors.Is(failed[st.Name], secret.ErrNotFound)):
			delete(failed, st.Name)
			all = append(all, st)
		}
	}
	return all
}

// runs reports whether something runs in that state.
func runs(state status.State) bool {
	return state.Live() || state == status.Unsupervised || state == status.Foreground
}

// foregroundStatuses returns the statuses of foreground runs: of the containers that killed ones
// have left, of live ones, and of killed ones if the engine does not respond.
func (r *Lister) foregroundStatuses() []status.Status {
	var all []status.Status
	for name, left := range r.left {
		all = append(all, left.status(name))
	}
	for _, run := range r.alive {
		if run.Name != "" {
			all = append(all, ofRun(run, status.Foreground, run.PID, nil))
		}
	}
	if r.EngineErr != nil {
		for _, run := range r.gone {
			if run.Name != "" {
				all = append(all, ofRun(run, status.Unknown, 0, problem(r.EngineErr)))
			}
		}
	}
	return all
}

func ofRun(run status.Run, state status.State, pid int, end *status.End) status.Status {
	return status.Status{Schema: status.Schema, Name: run.Name, State: state, Since: run.Began, Image: run.Image, PID: pid, LastEnd: end}
}

// ForegroundError is a workload that runs in the foreground, which only its own command
// ends. It is secret.ErrConflict.
type ForegroundError struct{ Run status.Run }

func (e *ForegroundError) Error() string {
	return fmt.Sprintf("%v: %s runs in the foreground, in process %d, and ends with that (Ctrl-C there, or kill %d)", secret.ErrConflict, e.Run.Name, e.Run.PID, e.Run.PID)
}

// Unwrap returns secret.ErrConflict.
func (e *ForegroundError) Unwrap() error { return secret.ErrConflict }

// Attended returns a *ForegroundError if the workload name runs in the foreground.
func (r *Lister) Attended(name string) error {
	for _, run := range r.alive {
		if run.Name == name {
			return &ForegroundError{run}
		}
	}
	return nil
}

// endLeft stops the containers that killed foreground runs of name have left, and reports whether
// there were any.
func (r *Lister) endLeft(ctx context.Context, name string, grace time.Duration) (ended bool, err error) {
	left := r.left[name]
	if left == nil {
		return false, r.unsaid(name)
	}
	for _, id := range left.containers {
		if err := r.searcher.Remove(ctx, id, grace); err != nil {
			return ended, err
		}
		ended = true
	}
	return ended, nil
}

// unsaid is why it is not known whether a foreground run of name whose command was killed
// has left something; nil if that is known.
func (r *Lister) unsaid(name string) error {
	if r.EngineErr == nil || !slices.ContainsFunc(r.gone, func(run status.Run) bool { return run.Name == name }) {
		return nil
	}
	return fmt.Errorf("%w: a thv run of %s was killed, and the engine does not say whether its container runs: %w", secret.ErrUnavailable, name, r.EngineErr)
}
