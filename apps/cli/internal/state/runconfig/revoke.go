package runconfig

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Revoke removes the grants of image, and returns them. The user has to be asked about
// them again.
func (s *Store) Revoke(image string) ([]string, error) {
	had, err := s.readGrants()
	if err != nil || len(had.Images[image]) == 0 {
		return nil, err
	}
	unlock, err := lock(s.grants + ".lock")
	if err != nil {
		return nil, &atomicfile.Error{Path: s.grants, Err: err}
	}
	defer unlock()
	if had, err = s.readGrants(); err != nil {
		return nil, err
	}
	var names []string
	for _, key := range had.Images[image] {
		if name := access.NameOf(key); name != "" {
			names = append(names, name)
		}
	}
	delete(had.Images, image)
	had.Migrated = true
	text, err := json.MarshalIndent(had, "", "  ")
	if err != nil {
		return nil, err
	}
	return names, atomicfile.Replace(s.grants, append(text, '\n'))
}

// Others returns all saved RunConfigs except that of name. With an error, it returns
// those that can be read.
func (s *Store) Others(name string) ([]workload.Spec, error) {
	names, err := s.List()
	if err != nil {
		return nil, err
	}
	var specs []workload.Spec
	var errs []error
	for _, other := range slices.DeleteFunc(names, func(other string) bool { return other == name }) {
		spec, err := s.Load(other)
		if errors.Is(err, secret.ErrNotFound) {
			continue // another process has removed it
		}
		if err != nil {
			errs = append(errs, err)
			continue
		}
		specs = append(specs, spec)
	}
	return specs, errors.Join(errs...)
}

// Path is that of the RunConfig of name, which must be a name.
func (s *Store) Path(name string) string { return filepath.Join(s.folder, name+suffix) }
