package runconfig

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// workloadGrant is all that was consented to for one workload at its last start, and
// what was consented to since.
type workloadGrant struct {
	Image string `json:"image"`
	// Items are keys of package access.
	Items []string `json:"items"`
}

// UngrantedTo returns those of items that were not consented to for the workload name
// with image. A name that is not known, and a workload with another image, was granted
// nothing, and is not asked about what every container has if it, or else the image, had
// that before. Its errors are those of Ungranted.
func (s *Store) UngrantedTo(name, image string, items []access.Item) ([]access.Item, error) {
	had, err := s.readGrants()
	if err != nil {
		return nil, err
	}
	switch granted, known := had.Workloads[name]; {
	case known && granted.Image == image:
		return access.Missing(access.Asked(items, granted.Items), granted.Items), nil
	case known:
		return access.Unusual(items, granted.Items), nil
	}
	return access.Unusual(items, had.Images[image]), nil
}

// GrantTo remembers that the workload name with image was consented to keys, and to
// nothing else.
func (s *Store) GrantTo(name, image string, keys []string) error {
	return elsewhere(s.changeGrants(func(had *grants) bool {
		return had.put(name, workloadGrant{Image: image, Items: keys})
	}))
}

// GrantMoreTo is GrantTo for keys that come to those of the workload. What had another
// image, or is not known, was asked about all by this version.
func (s *Store) GrantMoreTo(name, image string, keys []string) error {
	return elsewhere(s.changeGrants(func(had *grants) bool {
		if there := had.Workloads[name]; there.Image == image {
			keys = slices.Concat(there.Items, keys)
		} else {
			keys = access.WholeOf(keys)
		}
		return had.put(name, workloadGrant{Image: image, Items: keys})
	}))
}

// Settle takes over items, which the workload name with image is about to get, as all
// that was consented to, if an earlier version has granted it less: from then on nothing
// more is excused because that version did not ask.
func (s *Store) Settle(name, image string, items []access.Item) error {
	unsettled := func(had *grants) bool {
		granted, known := had.Workloads[name]
		return known && granted.Image == image && !access.Whole(granted.Items)
	}
	if had, err := s.readGrants(); err != nil || !unsettled(&had) {
		return err
	}
	return s.changeGrants(func(had *grants) bool { // under the lock, it may have been revoked or replaced
		return unsettled(had) && had.put(name, workloadGrant{Image: image, Items: access.Granted(items)})
	})
}

// RevokeFrom forgets what was consented to for the workload name.
func (s *Store) RevokeFrom(name string) error {
	had, err := s.readGrants()
	if _, known := had.Workloads[name]; err != nil || !known {
		return err
	}
	return s.changeGrants(func(had *grants) bool {
		_, known := had.Workloads[name]
		delete(had.Workloads, name)
		return known
	})
}

// put reports whether it has changed anything.
func (g *grants) put(name string, w workloadGrant) bool {
	w.Items = slices.Compact(slices.Sorted(slices.Values(w.Items)))
	if there, known := g.Workloads[name]; known && there.Image == w.Image && slices.Equal(there.Items, w.Items) {
		return false
	}
	if g.Workloads == nil {
		g.Workloads = map[string]workloadGrant{}
	}
	g.Workloads[name] = w
	return true
}

// changeGrants writes what change has changed, if it reports that or the file is an
// earlier version's. A file that is damaged is written from the start.
func (s *Store) changeGrants(change func(*grants) bool) error {
	if err := os.MkdirAll(filepath.Dir(s.grants), 0o700); err != nil {
		return &atomicfile.Error{Path: s.grants, Err: err}
	}
	unlock, err := lock(s.grants + ".lock")
	if err != nil {
		return &atomicfile.Error{Path: s.grants, Err: err}
	}
	defer unlock()
	had, err := s.readGrants()
	if errors.Is(err, secret.ErrCorrupt) {
		had, err = grants{Images: map[string][]string{}, Damaged: true, Migrated: true}, nil
	}
	marked := had.Migrated
	had.Migrated = true
	if err != nil || !change(&had) && marked {
		return err
	}
	text, err := json.MarshalIndent(had, "", "  ")
	if err != nil {
		return err
	}
	return atomicfile.Replace(s.grants, append(text, '\n'))
}
