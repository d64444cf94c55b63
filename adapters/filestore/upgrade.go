package filestore

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// Upgrade converts a store of format 1 to format 2. It verifies that the new store opens and
// has the same secrets before it replaces the old one. A store of format 2 is unchanged, and
// a missing store is [secret.ErrNotFound].
//
// The new store has its own account. If the password of the old store has a Keep and does not
// come from a keyring, it also becomes the password of the new store and is kept for it;
// otherwise [Keys.NewKey] is asked, as for any new store. The password that is kept for the
// old account stays there, since other programs use it.
func (s *Store) Upgrade(ctx context.Context) error {
	return s.retry(ctx, s.peek, func(d *document) error {
		switch {
		case d == nil:
			return s.notThere()
		case d.format == Format2:
			return nil
		}
		return s.upgrade(ctx, d)
	})
}

func (s *Store) upgrade(ctx context.Context, old *document) error {
	s.forget() // a remembered key has no Keep
	u, err := s.unlock(ctx, old, false)
	if err != nil {
		return err
	}
	next := newDocument(Format2)
	key := u.given
	if key.Keep == nil || key.Kept {
		// The old password is verified before a prompt for a new one.
		if u.proved, err = s.opens1(u); err != nil {
			return err
		}
		key, err = s.config.Keys.NewKey(ctx, Request{
			Account: next.account(), Path: s.config.Path, Present: Key{Password: key.Password, From: key.From},
		})
		if err != nil {
			return err
		}
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return err
	}
	defer lock.Release()
	was, list, err := s.reopen(u)
	if err != nil {
		return err
	}
	p, err := s.prepare(ctx, next, key, list)
	if err != nil {
		return err
	}
	return s.commit(ctx, lock, was, p)
}

// AddRecovery adds a recovery key to a store of format 2 and passes it to [Config.Recovery].
// Existing recovery keys stay valid. It returns [secret.ErrConflict] if the store has
// [MaxRecovery] of them, [secret.ErrUnsupported] for a store of format 1 and if
// Config.Recovery is nil, and [secret.ErrNotFound] if there is no store.
func (s *Store) AddRecovery(ctx context.Context) error {
	return s.recovery(ctx, func(h *header.Header) error {
		if h.Recoveries() >= MaxRecovery {
			return fmt.Errorf("%w: %s has %d recovery keys, and no more are kept", secret.ErrConflict, s.config.Path, MaxRecovery)
		}
		return nil
	})
}

// ReplaceRecovery is [Store.AddRecovery] that also voids all earlier recovery keys.
func (s *Store) ReplaceRecovery(ctx context.Context) error {
	return s.recovery(ctx, func(h *header.Header) error {
		h.Slots = h.Without(header.Recovery)
		return nil
	})
}

// recovery applies before to the header, and adds a recovery key.
func (s *Store) recovery(ctx context.Context, before func(*header.Header) error) error {
	if s.config.Recovery == nil {
		return fmt.Errorf("%w: nothing here takes a recovery key", secret.ErrUnsupported)
	}
	return s.retry(ctx, s.peek, func(d *document) error {
		switch {
		case d == nil:
			return s.notThere()
		case d.format == Format1:
			return fmt.Errorf("%w: a store of format 1 has no recovery key; 'thv secret upgrade' makes it one that does", secret.ErrUnsupported)
		}
		u, err := s.unlock(ctx, d, false)
		if err != nil {
			return err
		}
		var withdraw func()
		err = s.rewrite(ctx, u, s.config.LockTimeout, func(h *header.Header, _ entries.List) (c change, err error) {
			if err := before(h); err != nil {
				return change{}, err
			}
			withdraw, err = s.config.Recovery(ctx, addRecovery(h, u.key))
			return change{}, err
		})
		withdrawAfter(err, withdraw)
		return err
	})
}
