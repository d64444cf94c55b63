package supervisor

import (
	"context"
	"maps"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/workload"
)

// The labels of a workload's container.
const (
	Label      = "toolhive"
	LabelName  = workload.LabelName
	LabelOwner = "toolhive-owner" // the ID of the directory of its status
	// LabelForeground is the ID of the status.Run of a foreground run; a detached
	// workload has none.
	LabelForeground = workload.LabelForeground
)

// Labels returns the labels of every workload of owner.
func Labels(owner string) map[string]string {
	return map[string]string{Label: "true", LabelOwner: owner}
}

// labelled adds to labels, which stay the caller's, those of a detached workload.
func labelled(labels map[string]string, name, owner string) map[string]string {
	all := maps.Clone(labels)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, Labels(owner))
	all[LabelName] = name
	delete(all, LabelForeground)
	return all
}

// LabelledForeground adds to labels, which stay the caller's, those of the foreground
// run.
func LabelledForeground(labels map[string]string, name, owner, run string) map[string]string {
	all := labelled(labels, name, owner)
	all[LabelForeground] = run
	return all
}

// Attended reports whether found is of a foreground run whose command lives.
func Attended(statuses *status.Store, found workload.Instance) bool {
	id := found.Labels[LabelForeground]
	return id != "" && statuses.Present(id)
}

// Sweep removes containers of this user that were created and never ran, because the
// command or the supervisor that created them was killed. It does nothing if the
// runtime cannot search.
func Sweep(ctx context.Context, runtime workload.Runtime, statuses *status.Store) error {
	sweeper, ok := runtime.(workload.Sweeper)
	if !ok {
		return nil
	}
	owner, err := statuses.Owner()
	if err != nil {
		return err
	}
	_, err = sweeper.Sweep(ctx, Labels(owner), func(labels map[string]string) bool { return dead(statuses, labels) })
	return err
}

// dead reports whether the process that created a workload with labels is gone.
func dead(statuses *status.Store, labels map[string]string) bool {
	if id := labels[LabelForeground]; id != "" {
		return !statuses.Present(id)
	}
	name := labels[LabelName]
	return runconfig.CheckName(name) == nil && !statuses.HasSupervisor(name)
}
