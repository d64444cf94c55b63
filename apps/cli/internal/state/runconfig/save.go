package runconfig

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// SaveTarget is where a run is saved: under Name, or if that is empty, under a free
// name made from that of a registry's Server or else from the image.
type SaveTarget struct{ Name, Server string }

// Kept is what was saved.
type Kept struct {
	Name string
	// Aside is the new path of a former file that could not be read; empty if there was
	// none.
	Aside string
}

// Keep saves spec, and replaces a former file of its name. It keeps fields that thv
// does not know, if another program has saved them for the same repository. Once Keep
// has returned nil, the file survives a power loss; after an error, the former file is
// unchanged. Concurrent processes that look for a free name never take the same one for
// different images.
func (s *Store) Keep(at SaveTarget, spec workload.Spec) (Kept, error) {
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
	aside, err := s.replace(name, spec)
	return Kept{Name: name, Aside: aside}, err
}

// Check returns the error that Keep would return for reasons that can be known before,
// such as a directory that cannot be written. It makes no directory and changes no file.
func (s *Store) Check(spec workload.Spec) error {
	var text strings.Builder
	if err := workload.WriteSpec(&text, spec); err != nil {
		return err
	}
	if text.Len() > workload.MaxSpecSize {
		return errTooLong()
	}
	// A question comes after the check, so that it makes no directory.
	folder := s.folder
	_, err := os.Stat(folder)
	for errors.Is(err, fs.ErrNotExist) && folder != filepath.Dir(folder) {
		folder = filepath.Dir(folder)
		_, err = os.Stat(folder)
	}
	if err != nil {
		return unwritable(s.folder, err)
	}
	if _, _, err := ownfile.Resolve(folder); err != nil {
		return &secret.UsageError{Err: err}
	}
	err = atomicfile.CheckDirectory(folder)
	if err != nil && folder != s.folder {
		return unwritable(s.folder, err)
	}
	return elsewhere(err)
}

func replaceFile(path string, text []byte) error {
	return elsewhere(atomicfile.Replace(path, text))
}

func errTooLong() error {
	return secret.Usagef("the RunConfig of this run is longer than %d bytes, and cannot be saved", workload.MaxSpecSize)
}

// replace is for the holder of the lock.
func (s *Store) replace(name string, spec workload.Spec) (aside string, err error) {
	path, err := s.path(name)
	if err != nil {
		return "", err
	}
	there, unread := s.Load(name)
	if unread == nil && Repository(there.Image) == Repository(spec.Image) {
		spec = spec.WithUnknownOf(there)
	}
	var text strings.Builder
	if err := workload.WriteSpec(&text, spec); err != nil {
		return "", err
	}
	if text.Len() > workload.MaxSpecSize {
		return "", errTooLong()
	}
	if _, _, err := ownfile.Resolve(s.folder); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", &secret.UsageError{Err: err}
	}
	if Unreadable(unread) {
		if aside, err = putAside(path); err != nil {
			return "", err
		}
	}
	return aside, replaceFile(path, []byte(text.String()))
}

// putAside gives a file another name beside its own, which List does not take for a
// RunConfig's.
func putAside(path string) (string, error) {
	for n := 1; ; n++ {
		aside := fmt.Sprintf("%s.aside-%d", path, n)
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			if err := os.Rename(path, aside); err != nil {
				return "", unwritable(path, err)
			}
			return aside, nil
		}
	}
}
