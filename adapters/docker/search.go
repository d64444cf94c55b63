package docker

import (
	"context"
	"strings"
	"time"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"

	"github.com/thv-secrets/thv/core/workload"
)

var (
	_ workload.Finder     = (*Runtime)(nil)
	_ workload.Identifier = (*process)(nil)
)

// ID returns the container's ID.
func (p *process) ID() string { return p.id }

// Find returns the containers that have all of labels, running or not, with one call to the
// Engine.
func (r *Runtime) Find(ctx context.Context, labels map[string]string) ([]workload.Instance, error) {
	if err := r.negotiate(ctx); err != nil {
		return nil, err
	}
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	list, err := r.api.ContainerList(bounded, container.ListOptions{All: true, Filters: labelled(labels)})
	if err != nil {
		return nil, r.failed(ctx, "listing containers", err)
	}
	found := make([]workload.Instance, len(list))
	for i, c := range list {
		found[i] = workload.Instance{ID: c.ID, Labels: c.Labels, Running: running(c.State)}
		if len(c.Names) > 0 {
			found[i].Name = strings.TrimPrefix(c.Names[0], "/")
		}
	}
	return found, nil
}

func running(state container.ContainerState) bool {
	switch state {
	case container.StateRunning, container.StatePaused, container.StateRestarting:
		return true
	}
	return false
}

// Remove sends the container its stop signal, and removes it by force if it has not exited
// within grace.
func (r *Runtime) Remove(ctx context.Context, id string, grace time.Duration) error {
	if err := r.negotiate(ctx); err != nil {
		return err
	}
	bounded, cancel := context.WithTimeout(ctx, grace+r.limits.call)
	defer cancel()
	seconds := int(grace.Round(time.Second) / time.Second)
	err := r.api.ContainerStop(bounded, id, container.StopOptions{Timeout: &seconds})
	if err != nil && !cerrdefs.IsNotFound(err) && ctx.Err() == nil {
		r.log.DebugContext(ctx, r.program()+" stop", "container", id, "error", r.failed(ctx, "stopping the container", err))
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return r.remove(ctx, id)
}
