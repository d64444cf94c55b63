package runconfig

import (
	"errors"
	"os"
	"slices"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// KeepGranted is Keep of a workload that was consented to keys, and remembers those
// instead of what was granted before. With an error both are as they were. If the
// process ends in between, what is saved has at least its grants, unless its image is
// another one: then it is asked about.
func (s *Store) KeepGranted(at SaveTarget, spec workload.Spec, keys []string) (Kept, error) {
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return Kept{}, unwritable(s.folder, err)
	}
	unlock, err := lock(s.lock)
	if err != nil {
		return Kept{}, unwritable(s.lock, err)
	}
	defer unlock()
	name, err := s.NameOf(at, spec)
	if err != nil {
		return Kept{}, err
	}
	had, err := s.readGrants()
	if err != nil && !errors.Is(err, secret.ErrCorrupt) {
		return Kept{}, err
	}
	before, known := had.Workloads[name]
	both := keys
	if before.Image == spec.Image {
		both = slices.Concat(before.Items, keys)
	}
	if err := s.GrantTo(name, spec.Image, both); err != nil {
		return Kept{}, err
	}
	aside, err := s.replace(name, spec)
	if err != nil {
		return Kept{}, errors.Join(err, s.grantAgain(name, before, known))
	}
	return Kept{Name: name, Aside: aside}, s.GrantTo(name, spec.Image, keys)
}

// grantAgain puts back what was granted to name before, if it was known.
func (s *Store) grantAgain(name string, before workloadGrant, known bool) error {
	if !known {
		return s.RevokeFrom(name)
	}
	return s.GrantTo(name, before.Image, before.Items)
}
