package runconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	// maxGrants bounds the file, in bytes.
	maxGrants = 4 << 20
	// lockWait bounds the wait for another process that grants.
	lockWait = 5 * time.Second
)

// grants are the names of what each image has had, by the image as it was named.
type grants struct {
	Images map[string][]string `json:"images"`
	// Damaged is whether some of Images were lost once, so that a name which no
	// image has had may have been another's.
	Damaged bool `json:"damaged,omitempty"`
}

// Ungranted returns those of names, which are references and the like, that image
// has not had. What images have had is secret.ErrCorrupt where the file that says it
// is empty or damaged; the next Grant writes it anew.
func (s *Store) Ungranted(image string, names []string) ([]string, error) {
	if len(names) == 0 {
		return nil, nil
	}
	had, err := s.readGrants()
	if err != nil {
		return nil, err
	}
	var missing []string
	for _, name := range names {
		if !slices.Contains(had.Images[image], name) {
			missing = append(missing, name)
		}
	}
	return missing, nil
}

// GrantedElsewhere returns those of names that images of other repositories have
// had, and none of image's. Its errors are those of Ungranted.
func (s *Store) GrantedElsewhere(image string, names []string) ([]string, error) {
	had, err := s.readGrants()
	if err != nil {
		return nil, err
	}
	var elsewhere []string
	for _, name := range names {
		here, there := false, had.Damaged
		for other, all := range had.Images {
			same := Repository(other) == Repository(image)
			here, there = here || same && slices.Contains(all, name), there || !same && slices.Contains(all, name)
		}
		if there && !here {
			elsewhere = append(elsewhere, name)
		}
	}
	return elsewhere, nil
}

// Grant remembers that image has had names. It writes nothing where that is known.
func (s *Store) Grant(image string, names []string) error {
	missing, err := s.Ungranted(image, names)
	if errors.Is(err, secret.ErrCorrupt) {
		missing, err = names, nil
	}
	if err != nil || len(missing) == 0 {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(s.grants), 0o700); err != nil {
		return unwritable(s.grants, err)
	}
	unlock, err := lock(s.grants + ".lock")
	if err != nil {
		return unwritable(s.grants, err)
	}
	defer unlock()
	had, err := s.readGrants()
	if errors.Is(err, secret.ErrCorrupt) {
		had, err = grants{Images: map[string][]string{}, Damaged: true}, nil
	}
	if err != nil {
		return err
	}
	all := slices.Concat(had.Images[image], missing)
	slices.Sort(all)
	had.Images[image] = slices.Compact(all)
	text, err := json.MarshalIndent(had, "", "  ")
	if err != nil {
		return err
	}
	return Replace(s.grants, append(text, '\n'))
}

func (s *Store) readGrants() (grants, error) {
	none := grants{Images: map[string][]string{}}
	text, err := readOwn(s.grants, maxGrants)
	if errors.Is(err, fs.ErrNotExist) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	var had grants
	if err := json.Unmarshal(text, &had); err != nil {
		return none, fmt.Errorf("%w: %s, which says what images have had, is damaged: all of it is asked anew", secret.ErrCorrupt, s.grants)
	}
	if had.Images == nil {
		had.Images = none.Images
	}
	return had, nil
}

func lock(path string) (func(), error) {
	held := flock.New(path, flock.SetPermissions(0o600))
	deadline := time.Now().Add(lockWait)
	for {
		ok, err := held.TryLock()
		if err != nil {
			return nil, err
		}
		if ok {
			return func() { _ = held.Unlock() }, nil
		}
		if time.Now().After(deadline) {
			return nil, fmt.Errorf("another process has held %s for %v", path, lockWait)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
