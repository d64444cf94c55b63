package runconfig

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	// maxGrants bounds the file, in bytes.
	maxGrants = 4 << 20
	// lockWait bounds the wait for another process that grants.
	lockWait = 5 * time.Second
)

// grants are the keys of what each image has had, by the image as it was named, and of
// what was consented to for each workload.
type grants struct {
	Images map[string][]string `json:"images"`
	// Damaged is whether some of Images were lost once, so that a name which no
	// image has had may have been another's.
	Damaged bool `json:"damaged,omitempty"`
	// Workloads are by name.
	Workloads map[string]workloadGrant `json:"workloads,omitempty"`
	// Migrated is whether the RunConfigs of an earlier version, which kept no Workloads,
	// were added to them.
	Migrated bool `json:"migrated"`
}

// Ungranted returns those of items that were not granted to image; for an image without
// any grant, it leaves out what every container has. The error is secret.ErrCorrupt if
// the file of grants is empty or damaged; the next Grant rewrites it.
func (s *Store) Ungranted(image string, items []access.Item) ([]access.Item, error) {
	if len(items) == 0 {
		return nil, nil
	}
	had, err := s.readGrants()
	if err != nil {
		return nil, err
	}
	if len(had.Images[image]) == 0 {
		return access.Unusual(items, nil), nil
	}
	return access.Missing(access.Asked(items, had.Images[image]), had.Images[image]), nil
}

// GrantedElsewhere returns those of items, which are secrets, whose reference images of
// other repositories have had, and none of image's. Its errors are those of Ungranted.
func (s *Store) GrantedElsewhere(image string, items []access.Item) ([]access.Item, error) {
	had, err := s.readGrants()
	if err != nil {
		return nil, err
	}
	var elsewhere []access.Item
	for _, item := range items {
		here, there := false, had.Damaged
		has := func(key string) bool { return access.Reference(key) == access.Reference(item.Key) }
		for other, all := range had.Images {
			same := Repository(other) == Repository(image)
			here, there = here || same && slices.ContainsFunc(all, has), there || !same && slices.ContainsFunc(all, has)
		}
		if there && !here {
			elsewhere = append(elsewhere, item)
		}
	}
	return elsewhere, nil
}

// Grant records that keys are granted to image. It writes nothing if that is recorded
// already.
func (s *Store) Grant(image string, keys []string) error {
	had, err := s.readGrants()
	if errors.Is(err, secret.ErrCorrupt) {
		had, err = grants{Migrated: true}, nil
	}
	missing := slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return slices.Contains(had.Images[image], key) })
	if err != nil || len(missing) == 0 && had.Migrated {
		return err
	}
	return elsewhere(s.changeGrants(func(had *grants) bool { // without what was granted, and has been revoked since
		all := slices.Concat(had.Images[image], missing)
		slices.Sort(all)
		had.Images[image] = slices.Compact(all)
		return true
	}))
}

func (s *Store) readGrants() (grants, error) {
	none := grants{Images: map[string][]string{}, Migrated: true}
	text, err := readOwn(s.grants, maxGrants)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	var had grants
	if err := json.Unmarshal(text, &had); err != nil {
		return none, fmt.Errorf("%w: %s, which says what images have had, is damaged: thv asks about all of it again", secret.ErrCorrupt, s.grants)
	}
	if had.Images == nil {
		had.Images = none.Images
	}
	s.migrate(&had)
	return had, nil
}

// lock takes a lock of thv's own in a directory that other programs use too: lock
// files are removed there.
func lock(path string) (func(), error) {
	held, err := filelock.AcquireShared(context.Background(), path, lockWait)
	if err != nil {
		return nil, err
	}
	return held.Release, nil
}
