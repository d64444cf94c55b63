package filestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/core/secret"
)

// Upgrade turns a store of format 1 into one of format 2, which is proved to
// open and to hold the same before it takes the other's place. A store of format
// 2 stays as it is; none at all is secret.ErrNotFound.
//
// The new store has an account of its own. Where the password that opens the
// old store comes with a Keep, it is the new store's too and is kept for it;
// otherwise Keys is asked for the new store's as for every store that is made.
// What is kept for the old account stays there: other programs use it.
func (s *Store) Upgrade(ctx context.Context) error {
	for range updateTries {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := s.peek()
		if err != nil {
			return err
		}
		if d == nil {
			return s.notThere()
		}
		if d.format == Format2 {
			return nil
		}
		if done, err := s.tryUpgrade(ctx, d); done || err != nil {
			return err
		}
	}
	return s.conflict()
}

func (s *Store) notThere() error {
	return fmt.Errorf("%w: there is no store at %s", secret.ErrNotFound, s.config.Path)
}

func (s *Store) tryUpgrade(ctx context.Context, old *document) (done bool, err error) {
	s.forget() // what is remembered has no Keep any more
	u, err := s.unlock(ctx, old, false)
	if err != nil {
		return false, err
	}
	next := newDocument(Format2)
	key := u.given
	if key.Keep == nil {
		// Nobody is asked for a new password before the old one is right.
		if err := s.tryPassword(u); err != nil {
			return false, err
		}
		key, err = s.config.Keys.NewKey(ctx, Request{Account: next.account(), Path: s.config.Path})
		if err != nil {
			return false, err
		}
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return false, err
	}
	defer lock.Release()
	_, list, err := s.reopen(u)
	if errors.Is(err, errStale) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	p, err := s.prepare(next, key, list)
	if err != nil {
		return false, err
	}
	return true, s.commit(ctx, lock, p)
}

func (s *Store) tryPassword(u unlocked) error {
	d, err := s.load()
	if err != nil {
		return err
	}
	if d == nil || d.account() != u.account {
		return nil // found out again under the lock
	}
	_, err = s.decrypt(d, u)
	return err
}
