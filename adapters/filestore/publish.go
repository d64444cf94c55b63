package filestore

import (
	"bytes"
	"context"
	"errors"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
)

// errRaced is not returned to callers: another program removed the lock file, and wrote the
// store after it was read under the lock. The whole update must be repeated.
var errRaced = errors.New("another program wrote the store at the same time")

// publish replaces was, which was read under lock, by file; a nil was is a missing store. It
// returns nil only if no other program can have written in between: if the lock was lost, it
// takes the lock and reads the store again, and returns errRaced unless the store is still
// was.
func (s *Store) publish(ctx context.Context, lock *disk.Lock, was *document, file []byte) error {
	for {
		err := lock.Replace(file)
		lost, doubtful := errors.Is(err, disk.ErrLost), errors.Is(err, disk.ErrDoubtful)
		if !lost && !doubtful {
			return err
		}
		if err := lock.Renew(ctx, s.config.LockTimeout); err != nil {
			return err
		}
		there, err := s.load()
		if err != nil {
			return err
		}
		if doubtful {
			mine, err := s.parse(file)
			if err == nil && !mine.same(there) {
				err = errRaced
			}
			return err
		}
		if !was.same(there) {
			return errRaced
		}
	}
}

// same reports whether two documents come from the same write of a store; each write has its
// own nonce. Either document may be nil or already opened.
func (d *document) same(other *document) bool {
	if d == nil || other == nil {
		return d == other
	}
	return d.format == other.format && bytes.Equal(d.head, other.head) &&
		bytes.Equal(d.body[:seal.NonceSize], other.body[:seal.NonceSize])
}
