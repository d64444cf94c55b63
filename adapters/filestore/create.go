package filestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/core/secret"
)

// Create creates an empty store. If the store exists, it returns [secret.ErrConflict] and
// changes nothing.
func (s *Store) Create(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := s.peek()
	if err != nil {
		return err
	}
	if d == nil {
		err = s.make(ctx, func(entries.List) (change, error) { return change{}, nil })
	}
	if d != nil || errors.Is(err, errStale) || errors.Is(err, errRaced) {
		err = fmt.Errorf("%w: there is a store at %s already", secret.ErrConflict, s.config.Path)
	}
	return err
}

// make creates a store with the entries that apply adds to an empty one. It returns
// errStale if another process has created the store concurrently.
func (s *Store) make(ctx context.Context, apply changer) error {
	c, err := apply(nil)
	if err != nil {
		return err
	}
	d := newDocument(s.config.Format)
	key, err := s.config.Keys.NewKey(ctx, Request{Account: d.account(), Path: s.config.Path})
	if err != nil {
		return err
	}
	p, err := s.prepare(ctx, d, key, c.with)
	if err != nil {
		return err
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return err
	}
	defer lock.Release()
	other, err := s.load()
	if err != nil {
		return err
	}
	if other != nil {
		return errStale
	}
	return s.commit(ctx, lock, nil, p)
}

// commit hands out the keys of p and then replaces was by p. A key that was kept for a
// store that was never created does no harm; a store without its key does.
func (s *Store) commit(ctx context.Context, lock *disk.Lock, was *document, p *prepared) error {
	var withdraw func()
	if p.recovery.Len() > 0 {
		var err error
		if withdraw, err = s.config.Recovery(ctx, p.recovery); err != nil {
			return fmt.Errorf("no store is made, since its recovery key was not taken: %w", err)
		}
	}
	err := s.handOver(ctx, p)
	if err == nil {
		err = s.publish(ctx, lock, was, p.file)
	}
	if err != nil {
		withdrawAfter(err, withdraw)
		return err
	}
	s.remember(p.unlocked)
	if s.config.Created != nil {
		made := s.info(p.document)
		made.KeyFrom = p.unlocked.given.From
		s.config.Created(made)
	}
	return nil
}

// withdrawAfter withdraws a recovery key if err means that the file lacks its slot.
func withdrawAfter(err error, withdraw func()) {
	if err != nil && !errors.Is(err, disk.ErrUnflushed) && withdraw != nil {
		withdraw()
	}
}

// handOver keeps p's password. It fails if a generated password cannot be kept.
func (s *Store) handOver(ctx context.Context, p *prepared) error {
	key := p.unlocked.given
	if key.Keep == nil {
		return ctx.Err()
	}
	err := key.Keep(ctx, p.unlocked.account, p.keep)
	if err != nil && isGenerated(key.Password.Bytes()) {
		return fmt.Errorf("no store is made, since its password was not kept in %s: %w", key.From, err)
	}
	if err != nil {
		s.notKept(ctx, err)
	}
	return ctx.Err()
}
