package filestore

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// ChangePassword makes next the store's password, which Keys's answer opens a
// last time. A store of format 2 keeps its recovery key, and what opens it by a
// password or a keyring is replaced; one of format 1 is encrypted anew.
//
// Where next.Keep is not nil, it is called with what is to be kept; with an error
// from it the store keeps its old password. At every moment of it a store of
// format 2 opens with what is kept. Format 1 has one key only: where the program
// is killed in the instant between keeping the new one and replacing the file,
// the old password still opens the store but is kept nowhere.
func (s *Store) ChangePassword(ctx context.Context, next Key) error {
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
		if done, err := s.tryChangePassword(ctx, d, next); done || err != nil {
			return err
		}
	}
	return s.conflict()
}

func (s *Store) tryChangePassword(ctx context.Context, d *document, next Key) (done bool, err error) {
	u, err := s.unlock(ctx, d, false)
	if err != nil {
		return false, err
	}
	kind, text, err := s.newPassword(d.format, next)
	if err != nil {
		return false, err
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return false, err
	}
	defer lock.Release()
	d, list, err := s.reopen(u)
	if errors.Is(err, errStale) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	to := unlocked{account: u.account, key: u.key, given: next, kind: kind}
	if d.format == Format1 {
		to.key = key1(text)
		err = s.reencrypt(ctx, lock, u, to, list)
	} else {
		err = s.rewrap(ctx, lock, d, to, list)
	}
	if err == nil {
		s.remember(to)
	}
	return true, err
}

// reencrypt is for format 1. The old password is kept again where the file could
// not be replaced.
func (s *Store) reencrypt(ctx context.Context, lock *disk.Lock, from, to unlocked, list entries.List) error {
	file, err := newDocument(Format1).seal(to.key, list)
	if err != nil {
		return err
	}
	if err := s.prove(file, to.given, list); err != nil {
		return err
	}
	if err := s.keepNext(ctx, to, to.given.Password); err != nil {
		return err
	}
	err = lock.Replace(file)
	if err == nil || to.given.Keep == nil {
		return err
	}
	if failed := to.given.Keep(context.WithoutCancel(ctx), from.account, from.given.Password); failed != nil {
		return fmt.Errorf("%w; and the password that still opens the store was not kept again (%v)", err, failed)
	}
	return err
}

// rewrap is for format 2. The old slots stay beside the new ones until the new
// text is kept.
func (s *Store) rewrap(ctx context.Context, lock *disk.Lock, d *document, to unlocked, list entries.List) error {
	old := d.header.Slots
	keep, added := s.slots(d.header, to)
	final := append(d.header.Without(header.Password, header.Keyring), added...)
	write := func(slots []header.Slot) error {
		d.header.Slots = slots
		file, err := d.seal(to.key, list)
		if err != nil {
			return err
		}
		if err := s.prove(file, to.given, list); err != nil {
			return err
		}
		return lock.Replace(file)
	}
	if to.given.Keep == nil {
		return write(final)
	}
	if err := write(append(slices.Clip(old), added...)); err != nil {
		return err
	}
	if err := s.keepNext(ctx, to, keep); err != nil {
		d.header.Slots = old
		file, failed := d.seal(to.key, list)
		if failed == nil {
			failed = lock.Replace(file)
		}
		if failed != nil {
			return fmt.Errorf("%w; and both passwords open it, since it could not be written again (%v)", err, failed)
		}
		return err
	}
	return write(final)
}

func (s *Store) keepNext(ctx context.Context, to unlocked, text secret.Value) error {
	if to.given.Keep == nil {
		return nil
	}
	if err := to.given.Keep(ctx, to.account, text); err != nil {
		return fmt.Errorf("the password stays as it was, since the new one was not kept in %s: %w", to.given.From, err)
	}
	return nil
}
