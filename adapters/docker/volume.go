package docker

import (
	"errors"

	"github.com/docker/docker/api/types/mount"

	"github.com/thv-secrets/thv/core/workload"
)

func parseVolumes(volumes []string) ([]mount.Mount, error) {
	var mounts []mount.Mount
	var faults []error
	taken := map[string]bool{}
	for _, text := range volumes {
		m, err := parseVolume(text)
		if err == nil && taken[m.Target] {
			err = invalid("volumes", "two volumes for %s", m.Target)
		}
		if err != nil {
			faults = append(faults, err)
			continue
		}
		taken[m.Target] = true
		mounts = append(mounts, m)
	}
	return mounts, errors.Join(faults...)
}

// parseVolume makes a mount of what workload.ParseVolume reads, not a bind of the older
// form: that one would make a missing host directory, owned by root.
func parseVolume(text string) (mount.Mount, error) {
	v, err := workload.ParseVolume(text)
	if err != nil {
		return mount.Mount{}, invalid("volumes", "%q: %v", text, err)
	}
	m := mount.Mount{Type: mount.TypeBind, Source: v.Source, Target: v.Target, ReadOnly: v.ReadOnly}
	if v.Named {
		m.Type = mount.TypeVolume
	}
	return m, nil
}
