package filestore

import (
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// corrupt returns the error for a damaged file.
func (s *Store) corrupt(what error) error {
	return fmt.Errorf("%w: %s: %w; restore it from a backup, nothing was changed", secret.ErrCorrupt, s.config.Path, what)
}

// headerError classifies an error of package header.
func (s *Store) headerError(err error) error {
	if errors.Is(err, header.ErrNewer) {
		return fmt.Errorf("%w: %s was %w; update thv to read it", secret.ErrUnsupported, s.config.Path, err)
	}
	return s.corrupt(err)
}

// wrongPassword returns the error for a wrong password of a format 2 store, where it can be
// recognized.
func (s *Store) wrongPassword(key Key, what string) error {
	return fmt.Errorf("%w: %s: %s from %s does not open it; give the right one or a recovery key; to see which places have one that opens it, run: thv doctor",
		secret.ErrLocked, s.config.Path, what, key.From)
}

// lockedOrDamaged returns the error for a format 1 store, where a wrong password and a
// damaged file cannot be distinguished.
func (s *Store) lockedOrDamaged(key Key) error {
	return fmt.Errorf("%w: %s: the password from %s does not open it: it is the wrong one, or the file is damaged "+
		"(this older format cannot tell); give the right one (thv doctor shows which places have it), or restore the file from a backup",
		secret.ErrLocked, s.config.Path, key.From)
}

func (s *Store) noPassword(key Key) error {
	return fmt.Errorf("%w: %s: the password from %s is empty", secret.ErrLocked, s.config.Path, key.From)
}

func (s *Store) notFound() error {
	return fmt.Errorf("%w in the store %s", secret.ErrNotFound, s.config.Path)
}

func (s *Store) notThere() error {
	return fmt.Errorf("%w: there is no store at %s", secret.ErrNotFound, s.config.Path)
}
