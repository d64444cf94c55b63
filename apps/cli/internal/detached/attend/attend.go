// Package attend announces runs in the foreground, so that other commands know of them,
// and knows which names of workloads are in use.
package attend

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/start"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Names implements start.Names.
type Names struct {
	Statuses   *status.Store
	RunConfigs *runconfig.Store
	// Say reports the remains of earlier runs to the user.
	Say func(format string, args ...any)
}

// Attended reports whether another run in the foreground has the container name.
func (n Names) Attended(name string) bool {
	_, taken := n.Statuses.Attended(name)
	return taken
}

// Conflict returns secret.ErrConflict if a detached workload has name, and the error of a
// status that a later thv has written.
func (n Names) Conflict(name string, apart bool) error {
	if n.Statuses.WaitSupervised(name, status.EndWait) {
		return Running(name)
	}
	st, err := n.Statuses.Read(name)
	switch {
	case apart: // which is not saved
		return nil
	case errors.Is(err, status.ErrLater):
		return err
	case err == nil && st.ShouldRun:
		return fmt.Errorf("%w: %s is a detached workload; thv stop %s ends it, and --name chooses another name", secret.ErrConflict, name, name)
	}
	return nil
}

// Running returns the error of a start of the workload name, which runs.
func Running(name string) error {
	return fmt.Errorf("%w: %s runs already; thv stop %s ends it, and --name chooses another name", secret.ErrConflict, name, name)
}

// Keeps returns why the RunConfig of a detached workload must be kept.
func (n Names) Keeps(name string) string {
	st, err := n.Statuses.Read(name)
	switch {
	case errors.Is(err, status.ErrLater):
		return err.Error()
	case (err != nil || !st.ShouldRun) && !n.Statuses.WaitSupervised(name, status.EndWait):
		return ""
	}
	return name + " is a detached workload; --name saves it under another name."
}

// Attend announces a run before anything is created for it, so that its remains can be
// distinguished from running workloads, and removes the remains of earlier runs of its name. If
// another run in the foreground uses the name, the container gets a different one. If the state
// directory is not writable, the run starts anyway.
func (n Names) Attend(ctx context.Context, runtime workload.Runtime, at runconfig.SaveTarget, spec workload.Spec) (start.Attendance, error) {
	a := &attended{}
	err := a.announce(ctx, n, at, spec)
	if runconfig.Unreachable(err) && ctx.Err() == nil {
		n.Say("If this command is killed, its container may stay and thv does not find it: %v", err)
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := a.replaceLeft(ctx, n, runtime); err != nil {
		a.presence.End(true)
		return nil, err
	}
	if a.presence.Container != spec.Name {
		n.Say("%s runs in another thv already: this container is %s, and this run is not saved.", spec.Name, a.presence.Container)
	}
	swept := make(chan struct{})
	a.swept = swept
	go func() {
		defer close(swept)
		_ = supervisor.Sweep(ctx, runtime, n.Statuses) // the next command tries again
	}()
	return a, nil
}

// attended is a run in the foreground, as other commands know it.
type attended struct {
	// presence is nil if it could not be announced.
	presence    *status.Presence
	name, owner string
	swept       <-chan struct{}
}

func (a *attended) announce(ctx context.Context, n Names, at runconfig.SaveTarget, spec workload.Spec) (err error) {
	if a.name, err = n.RunConfigs.NameOf(at, spec); err != nil {
		return err
	}
	if a.owner, err = n.Statuses.Owner(); err != nil {
		return err
	}
	a.presence, err = n.Statuses.Announce(ctx, status.Run{Name: a.name, Container: spec.Name, Image: spec.Image})
	return err
}

// replaceLeft removes the remains of killed runs of this name.
func (a *attended) replaceLeft(ctx context.Context, n Names, runtime workload.Runtime) error {
	searcher, ok := runtime.(workload.Finder)
	_, gone, err := n.Statuses.Runs()
	if err != nil || !ok || len(gone) == 0 {
		return err
	}
	labels := supervisor.Labels(a.owner)
	labels[supervisor.LabelName] = a.name
	found, err := searcher.Find(ctx, labels)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, f := range found {
		has[f.Labels[supervisor.LabelForeground]] = true
		if f.Labels[supervisor.LabelForeground] == "" || supervisor.Attended(n.Statuses, f) {
			continue
		}
		if err := searcher.Remove(ctx, f.ID, supervisor.DefaultGrace); err != nil {
			return err
		}
		n.Say("Removed a container of %s, left by a thv run that was killed.", a.name)
	}
	for _, run := range gone {
		if run.Name == a.name && !has[run.ID] {
			n.Statuses.Forget(run)
		}
	}
	return nil
}

// Spec returns spec with the name of the container and the labels of the run.
func (a *attended) Spec(spec workload.Spec) workload.Spec {
	if a.presence == nil {
		return spec
	}
	spec.Name = a.presence.Container
	spec.Labels = supervisor.LabelledForeground(spec.Labels, a.name, a.owner, a.presence.ID)
	return spec
}

// End is after the end of the run with err. A container that may have stayed is left
// for later commands to look for.
func (a *attended) End(err error) {
	if a.presence == nil {
		return
	}
	<-a.swept
	var ended *terminal.StatusError
	a.presence.End(err == nil || errors.As(err, &ended) || !runconfig.Unreachable(err))
}
