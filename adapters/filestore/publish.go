package filestore

import (
	"bytes"
	"context"
	"errors"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
)

// errRaced never leaves the package: another program has written the store between
// the reading under the lock and the writing, since it had removed the lock's file.
// The whole update has to be done again.
var errRaced = errors.New("another program wrote the store meanwhile")

// publish puts file in the place of was, which was read under lock; nil is a store
// that does not exist. It is acknowledged only when no other program can have written
// in between: if the lock was lost on the way, it is taken again and the store is read
// again. Then file is published if the store is still was, and errRaced if it is not.
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

// same reports whether two documents are the same writing of a store, which each
// begins with a nonce of its own. Either may be nil, and may have been opened.
func (d *document) same(other *document) bool {
	if d == nil || other == nil {
		return d == other
	}
	return d.format == other.format && bytes.Equal(d.head, other.head) &&
		bytes.Equal(d.body[:seal.NonceSize], other.body[:seal.NonceSize])
}
