package docker

import (
	"context"
	"slices"

	"github.com/thv-secrets/thv/core/workload"
)

var _ workload.Described = (*Runtime)(nil)

// Engine returns the address of the engine that is used.
func (r *Runtime) Engine() workload.Engine {
	e := workload.Engine{Name: "Docker", Address: r.host.address, ChosenBy: r.config.ChosenBy}
	if r.isPodman() {
		e.Name, e.Start = "Podman", r.startLine()
	}
	return e
}

// Describe asks for the engine's version and whether it runs without root.
func (r *Runtime) Describe(ctx context.Context) (workload.Engine, error) {
	if err := r.Check(ctx); err != nil {
		return r.Engine(), err
	}
	bounded, cancel := context.WithTimeout(ctx, r.limits.call)
	defer cancel()
	info, err := r.api.Info(bounded)
	if err != nil {
		return r.Engine(), r.failed(ctx, "asking for its version", err)
	}
	e := r.Engine()
	e.Version = oneLine(info.ServerVersion)
	e.Rootless = slices.Contains(info.SecurityOptions, "name=rootless")
	return e, nil
}
