package runconfig

import (
	"slices"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/workload"
)

// migrate adds the RunConfigs that an earlier version has saved to had, if its file says
// nothing of workloads: each was granted what its image has had, and what such a version
// gave without a question. It writes nothing: the next write of had says that it is
// done, and from then on a name that is not known was granted nothing.
func (s *Store) migrate(had *grants) {
	if had.Migrated {
		return
	}
	names, err := s.List()
	if err != nil {
		return
	}
	for _, name := range names {
		spec, err := s.Load(name)
		if _, known := had.Workloads[name]; known || err != nil {
			continue
		}
		keys := slices.Clone(had.Images[spec.Image])
		if !had.Damaged {
			keys = append(keys, unasked(spec)...)
		}
		had.put(name, workloadGrant{Image: spec.Image, Items: keys})
	}
}

// unasked are the keys of what an earlier version gave to spec without a question.
func unasked(spec workload.Spec) []string {
	all := access.Request{Spec: spec, Variables: spec.EnvVars}.Items()
	asked := access.Keys(access.Former(all))
	return slices.DeleteFunc(access.Keys(all), func(key string) bool { return slices.Contains(asked, key) })
}
