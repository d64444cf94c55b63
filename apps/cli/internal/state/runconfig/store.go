// Package runconfig keeps RunConfigs, which say what a run was given, and records which
// secrets were granted to which image. Both are files of this user in the state
// directory, and hold references, never a resolved value.
package runconfig

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/apps/cli/internal/state/atomicfile"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

const suffix = ".json"

// Store is a directory of RunConfigs, each a file named for it. It may be used by many
// goroutines and processes; if two save the same name, the later wins.
type Store struct {
	folder string
	grants string
	lock   string
}

// New returns the Store below the directory state. It creates nothing before something
// is saved.
func New(state string) *Store {
	return &Store{folder: filepath.Join(state, "runconfigs"), grants: filepath.Join(state, "grants.json"), lock: filepath.Join(state, "runconfigs.lock")}
}

// Load returns the RunConfig that is saved under name. An absent one is
// secret.ErrNotFound. One that others could change is a usage error, since they would
// choose what is run and with which secrets. Its secrets may be the system's, which
// were stored for this workload.
func (s *Store) Load(name string) (workload.Spec, error) {
	path, err := s.path(name)
	if err != nil {
		return workload.Spec{}, err
	}
	text, err := readOwn(path, workload.MaxSpecSize)
	if errors.Is(err, fs.ErrNotExist) {
		return workload.Spec{}, fmt.Errorf("%w: no RunConfig is saved as %s; a run with --name %s saves one", secret.ErrNotFound, name, name)
	}
	if err != nil {
		return workload.Spec{}, err
	}
	spec, err := workload.ReadOwnSpec(bytes.NewReader(text))
	if err != nil {
		return workload.Spec{}, fmt.Errorf("%s: %w; fix the file or remove it", path, err)
	}
	return settled(spec), nil
}

// settled is without the ports of a server that is spoken to over its standard
// streams: other programs save those of a proxy before it.
func settled(spec workload.Spec) workload.Spec {
	if spec.Transport == "" || spec.Transport == workload.TransportStdio {
		spec.Port, spec.TargetPort = 0, 0
	}
	return spec
}

// List returns the saved names, sorted; none if the directory does not exist. It
// ignores other files in the directory.
func (s *Store) List() ([]string, error) {
	entries, err := os.ReadDir(s.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, unreadable(s.folder, err)
	}
	var names []string
	for _, entry := range entries {
		name, found := strings.CutSuffix(entry.Name(), suffix)
		if found && entry.Type().IsRegular() && CheckName(name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Remove forgets what is saved under name. An absent one is secret.ErrNotFound.
func (s *Store) Remove(name string) error {
	path, err := s.path(name)
	if err != nil {
		return err
	}
	err = os.Remove(path)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: no RunConfig is saved as %s", secret.ErrNotFound, name)
	}
	if err != nil {
		return fmt.Errorf("%w: cannot remove %s: %w", class(err), path, err)
	}
	return nil
}

// Saved returns the name under which the file at path was saved here, after following
// links; false if the file was not saved here.
func (s *Store) Saved(path string) (string, bool) {
	folder, err := filepath.EvalSymlinks(s.folder)
	if err != nil {
		return "", false
	}
	if path, err = filepath.Abs(path); err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	name, found := strings.CutSuffix(filepath.Base(path), suffix)
	return name, err == nil && found && filepath.Dir(path) == folder && CheckName(name) == nil
}

func (s *Store) path(name string) (string, error) {
	if err := CheckName(name); err != nil {
		return "", err
	}
	return filepath.Join(s.folder, name+suffix), nil
}

// readOwn returns a file of the state directory. A file that others could change is a
// usage error, since they would choose what is run.
func readOwn(path string, limit int64) ([]byte, error) {
	text, err := ownfile.Read(path, limit)
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
		return text, err
	case errors.As(err, new(*ownfile.Error)), errors.Is(err, secret.ErrUnsupported), errors.Is(err, secret.ErrTooLarge):
		return nil, &secret.UsageError{Err: err}
	}
	return nil, unreadable(path, err)
}

func unreadable(path string, err error) error {
	return fmt.Errorf("%w: cannot read %s: %w", class(err), path, err)
}

func unwritable(path string, err error) error {
	return elsewhere(&atomicfile.Error{Path: path, Err: err})
}

// elsewhere adds to err, if something could not be written, how to choose another
// directory. It does not if another process holds the lock, or if what is changed is in
// this directory only.
func elsewhere(err error) error {
	if !errors.As(err, new(*atomicfile.Error)) || errors.Is(err, filelock.ErrHeld) {
		return err
	}
	return fmt.Errorf("%w; set XDG_STATE_HOME to another directory", err)
}

func class(err error) error {
	if errors.Is(err, fs.ErrPermission) {
		return secret.ErrDenied
	}
	return secret.ErrUnavailable
}
