package filestore

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// Upgrade turns a store of format 1 into one of format 2, which is proved to
// open and to hold the same before it takes the other's place. A store of format
// 2 stays as it is; none at all is secret.ErrNotFound.
//
// The new store has an account of its own. Where the password that opens the
// old store comes with a Keep, and not from a keyring, it is the new store's too
// and is kept for it; otherwise Keys is asked for the new store's as for every store that is made.
// What is kept for the old account stays there: other programs use it.
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
	s.forget() // what is remembered has no Keep any more
	u, err := s.unlock(ctx, old, false)
	if err != nil {
		return err
	}
	next := newDocument(Format2)
	key := u.given
	if key.Keep == nil || key.Kept {
		// Nobody is asked for a new password before the old one is right.
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

// AddRecovery gives a store of format 2 a recovery key, which Config.Recovery
// receives. Those that it has still open it; with MaxRecovery of them it is
// secret.ErrConflict. It is secret.ErrUnsupported for a store of format 1, and if
// Config.Recovery is nil, and secret.ErrNotFound without a store.
func (s *Store) AddRecovery(ctx context.Context) error {
	return s.recovery(ctx, func(h *header.Header) error {
		if h.Recoveries() >= MaxRecovery {
			return fmt.Errorf("%w: %s has %d recovery keys, and no more are kept", secret.ErrConflict, s.config.Path, MaxRecovery)
		}
		return nil
	})
}

// ReplaceRecovery is AddRecovery, after which no recovery key made before opens the
// store.
func (s *Store) ReplaceRecovery(ctx context.Context) error {
	return s.recovery(ctx, func(h *header.Header) error {
		h.Slots = h.Without(header.Recovery)
		return nil
	})
}

// recovery adds a recovery key after what before does to the header.
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
