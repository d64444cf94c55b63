package docker

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/docker/docker/api/types/mount"

	"github.com/thv-secrets/thv/core/workload"
)

// parseVolumes parses volumes that [workload.Spec.Validate] accepts, and refuses those that no
// engine supports.
func parseVolumes(texts []string) ([]workload.Volume, error) {
	var volumes []workload.Volume
	var faults []error
	for _, text := range texts {
		v, err := workload.ParseVolume(text)
		switch {
		case err != nil:
			err = invalid("volumes", "%q: %v", text, err)
		case asBind(v) && !v.Named && strings.Contains(v.Source, ":"):
			err = invalid("volumes", "%q: a host path with a colon cannot have the options z, Z and U", text)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		volumes = append(volumes, v)
	}
	return volumes, errors.Join(faults...)
}

// mount adds the volumes to the container.
func (p *plan) mount() {
	for _, v := range p.volumes {
		if asBind(v) {
			p.host.Binds = append(p.host.Binds, v.Source+":"+v.Target+":"+v.Mode())
			continue
		}
		p.host.Mounts = append(p.host.Mounts, mountOf(v))
	}
}

// asBind reports whether v has an option that only the API's older form supports, or that
// Podman honors only there. Otherwise that form is avoided, since Docker then creates a missing
// host directory, owned by root.
func asBind(v workload.Volume) bool { return v.Relabel != "" || v.Chown || v.NoCopy }

func mountOf(v workload.Volume) mount.Mount {
	m := mount.Mount{
		Type: mount.TypeBind, Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly,
		Consistency: mount.Consistency(v.Consistency),
	}
	if v.Propagation != "" {
		m.BindOptions = &mount.BindOptions{Propagation: mount.Propagation(v.Propagation)}
	}
	if v.Named {
		m.Type = mount.TypeVolume
	}
	return m
}

// checkSources refuses missing host directories if the engine would create them as root. It can
// check only if the engine runs on this machine, which it detects by the host name.
func (r *Runtime) checkSources(ctx context.Context, p plan) error {
	if r.host.scheme != "unix" {
		return nil
	}
	var faults []error
	for _, v := range p.volumes {
		if v.Named || !r.isPodman() && !asBind(v) {
			continue
		}
		if _, err := os.Stat(v.Source); errors.Is(err, fs.ErrNotExist) {
			faults = append(faults, invalid("volumes", "%s is not there; make it (mkdir -p), or correct the path", v.Source))
		}
	}
	if len(faults) == 0 {
		return nil
	}
	info, err := r.info(ctx)
	if err != nil {
		return r.failed(ctx, "asking for its machine's name", err)
	}
	if name, err := os.Hostname(); err != nil || name != info.Name {
		return nil
	}
	return errors.Join(faults...)
}
