package docker

import (
	"context"

	cerrdefs "github.com/containerd/errdefs"
	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/filters"
	"github.com/docker/docker/api/types/volume"

	"github.com/thv-secrets/thv/core/workload"
)

var _ workload.Sweeper = (*Runtime)(nil)

// Sweep removes containers that were created but not started, with their volumes, and the
// volumes of sealed delivery whose container was never created. It does not use force: the
// Engine keeps a container that was started in between, and a volume that is in use.
func (r *Runtime) Sweep(ctx context.Context, labels map[string]string, dead func(labels map[string]string) bool) (int, error) {
	if err := r.negotiate(ctx); err != nil {
		return 0, err
	}
	bounded, cancel := context.WithTimeout(ctx, r.limits.end)
	defer cancel()
	args := labelled(labels)
	args.Add("status", container.StateCreated)
	if r.isPodman() { // prepared by an attach
		args.Add("status", podmanPrepared)
	}
	made, err := r.api.ContainerList(bounded, container.ListOptions{All: true, Filters: args})
	if err != nil {
		return 0, r.failed(ctx, "listing containers", err)
	}
	removed := 0
	for _, c := range made {
		if c.State != container.StateCreated && c.State != podmanPrepared || !dead(c.Labels) {
			continue
		}
		err := r.api.ContainerRemove(bounded, c.ID, container.RemoveOptions{RemoveVolumes: true})
		if err == nil {
			removed++
		} else if !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
			return removed, r.failed(ctx, "removing a container that never ran", err)
		}
	}
	return removed, r.sweepVolumes(ctx, bounded, labels, dead)
}

func (r *Runtime) sweepVolumes(ctx, bounded context.Context, labels map[string]string, dead func(labels map[string]string) bool) error {
	args := labelled(labels)
	args.Add("dangling", "true")
	list, err := r.api.VolumeList(bounded, volume.ListOptions{Filters: args})
	if err != nil {
		return r.failed(ctx, "listing volumes", err)
	}
	for _, v := range list.Volumes {
		if v == nil || !dead(v.Labels) {
			continue
		}
		err := r.api.VolumeRemove(bounded, v.Name, false)
		if err != nil && !cerrdefs.IsNotFound(err) && !cerrdefs.IsConflict(err) {
			return r.failed(ctx, "removing a volume of a container that never ran", err)
		}
	}
	return nil
}

func labelled(labels map[string]string) filters.Args {
	args := filters.NewArgs()
	for key, value := range labels {
		args.Add("label", key+"="+value)
	}
	return args
}
