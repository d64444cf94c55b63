package run

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// attended is a run in the foreground, as other commands know it.
type attended struct {
	// presence is nil if it could not be announced.
	presence    *status.Presence
	name, owner string
	swept       <-chan struct{}
}

// attend announces a run of p before anything is made for it, so that what is left of
// it can be told from what runs, and clears away what earlier ones have left. If the
// name is in use by another run in the foreground, p is apart: its container gets a
// name of its own, and it is not saved. A state directory that cannot be written keeps
// nothing from starting.
func (o options) attend(ctx context.Context, runtime workload.Runtime, p *plan) (*attended, error) {
	a := &attended{}
	err := a.announce(ctx, o, *p)
	if unreachable(err) && ctx.Err() == nil {
		o.app.Streams.Say("If this command is killed, its container may stay and thv does not find it: %v", err)
		return a, nil
	}
	if err != nil {
		return nil, err
	}
	if err := a.replaceLeft(ctx, o, runtime); err != nil {
		a.presence.End(true)
		return nil, err
	}
	if a.presence.Container != p.spec.Name {
		p.apart = true
		o.app.Streams.Say("%s runs in another thv already: this container is %s, and this run is not saved.", p.spec.Name, a.presence.Container)
	}
	swept := make(chan struct{})
	a.swept = swept
	go func() {
		defer close(swept)
		_ = supervisor.Sweep(ctx, runtime, o.app.Statuses) // the next command tries again
	}()
	return a, nil
}

func (a *attended) announce(ctx context.Context, o options, p plan) (err error) {
	if a.name, err = o.app.RunConfigs.NameOf(p.place(), p.spec); err != nil {
		return err
	}
	if a.owner, err = o.app.Statuses.Owner(); err != nil {
		return err
	}
	a.presence, err = o.app.Statuses.Announce(ctx, status.Run{Name: a.name, Container: p.spec.Name, Image: p.spec.Image})
	return err
}

// replaceLeft ends what runs of this name have left whose command was killed.
func (a *attended) replaceLeft(ctx context.Context, o options, runtime workload.Runtime) error {
	searcher, ok := runtime.(workload.Searcher)
	_, gone, err := o.app.Statuses.Runs()
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
		if f.Labels[supervisor.LabelForeground] == "" || supervisor.Attended(o.app.Statuses, f) {
			continue
		}
		if err := searcher.Remove(ctx, f.ID, supervisor.DefaultGrace); err != nil {
			return err
		}
		o.app.Streams.Say("Removed a container of %s, left by a thv run that was killed.", a.name)
	}
	for _, run := range gone {
		if run.Name == a.name && !has[run.ID] {
			o.app.Statuses.Forget(run)
		}
	}
	return nil
}

// spec is what is started of p.
func (a *attended) spec(p plan) workload.Spec {
	spec := p.spec
	if a.presence == nil {
		return spec
	}
	spec.Name = a.presence.Container
	spec.Labels = supervisor.LabelledForeground(spec.Labels, a.name, a.owner, a.presence.ID)
	return spec
}

// end is after the end of the run with err. A container that may have stayed is left
// for later commands to look for.
func (a *attended) end(err error) {
	if a.presence == nil {
		return
	}
	<-a.swept
	var ended *terminal.StatusError
	a.presence.End(err == nil || errors.As(err, &ended) || !unreachable(err))
}

// attendedBy refuses the name of a container that a run in the foreground has.
func (o options) attendedBy(name string) error {
	if run, taken := o.app.Statuses.Attended(name); taken {
		return fmt.Errorf("%w: %s runs in the foreground, in process %d; --name chooses another name", secret.ErrConflict, name, run.PID)
	}
	return nil
}
