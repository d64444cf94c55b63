package filestore

import (
	"context"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// keepTimeout is the maximum wait for the lock if a read needs it only to keep a password.
const keepTimeout = 2 * time.Second

// change replaces the range from start to end of a list by with.
type change struct {
	start, end int
	with       []byte
}

type changer func(entries.List) (change, error)

// Put stores value under ref, and keeps an existing description. The first Put creates the
// store.
func (s *Store) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	name, err := newNameOf(ref)
	if err != nil {
		return err
	}
	if value.Len() > MaxValue {
		return fmt.Errorf("%w: a value has at most %d MiB", secret.ErrTooLarge, MaxValue>>20)
	}
	now := s.config.Clock().UnixNano()
	return s.update(ctx, func(list entries.List) (change, error) {
		span, err := list.Find(name)
		if err != nil {
			return change{}, s.corrupt(err)
		}
		e := span.Entry
		e.Name, e.Value, e.Updated = []byte(name), value.Bytes(), now
		if !span.Found {
			e.Created = now
		}
		return change{span.Start, span.End, entries.Encode(e)}, nil
	})
}

// Delete removes ref.
func (s *Store) Delete(ctx context.Context, ref secret.Ref) error {
	name, err := nameOf(ref)
	if err != nil {
		return err
	}
	found := false
	return s.update(ctx, func(list entries.List) (change, error) {
		span, err := list.Find(name)
		if err != nil {
			return change{}, s.corrupt(err)
		}
		if !span.Found && !found { // on a later attempt this Delete may have deleted it
			return change{}, s.notFound()
		}
		found = true
		return change{span.Start, span.End, nil}, nil
	})
}

// update applies apply to the store, which it creates if necessary. If apply fails, nothing is
// written.
func (s *Store) update(ctx context.Context, apply changer) error {
	return s.retry(ctx, s.peek, func(d *document) error {
		if d == nil {
			return s.make(ctx, apply)
		}
		u, err := s.unlock(ctx, d, false)
		if err != nil {
			return err
		}
		return s.rewrite(ctx, u, s.config.LockTimeout, func(_ *header.Header, list entries.List) (change, error) { return apply(list) })
	})
}

// rewrite changes the store under the lock, and keeps u's password. If apply is nil and no
// slot is missing, the file is unchanged. It returns errStale if u no longer opens the store.
func (s *Store) rewrite(ctx context.Context, u unlocked, timeout time.Duration, apply func(*header.Header, entries.List) (change, error)) error {
	lock, err := disk.Acquire(ctx, s.config.Path, timeout)
	if err != nil {
		return err
	}
	defer lock.Release()
	d, list, err := s.reopen(u)
	if err != nil {
		return err
	}
	var c change
	if apply != nil {
		if c, err = apply(d.header, list); err != nil {
			return err
		}
	}
	text, adopted := adopt(d, u)
	if apply != nil || adopted {
		file, err := d.seal(u.key, list[:c.start], c.with, list[c.end:])
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := s.publish(ctx, lock, d, file); err != nil {
			return err
		}
	}
	if u.given.Keep == nil {
		return nil
	}
	if err := u.given.Keep(ctx, u.account, text); err != nil {
		s.notKept(ctx, err)
	}
	return nil
}

// reopen reads the store under the lock. It returns errStale if u no longer opens it.
func (s *Store) reopen(u unlocked) (*document, entries.List, error) {
	d, err := s.load()
	if err != nil {
		return nil, nil, err
	}
	if d == nil || d.account() != u.account || d.header != nil && !d.header.Holds(u.slot) {
		s.forget()
		return nil, nil, errStale
	}
	list, err := s.decrypt(d, u)
	return d, list, err
}

// adopt returns the text to keep for a store that u opened. If u's password is one that a
// user types, it is a random text with an additional keyring slot, so that later commands do
// not need the slow derivation, and the text in a keyring that was unreachable stays valid.
func adopt(d *document, u unlocked) (text secret.Value, adopted bool) {
	if u.given.Keep == nil || d.format == Format1 || u.slot.Kind == header.Keyring {
		return u.given.Password, false
	}
	text = GeneratePassword()
	d.header.Add(u.slot, d.header.NewSlot(header.Keyring, text.Bytes(), u.key, header.Cost{}))
	return text, true
}

// keep keeps the text that opened the store for reading, if it still opens it. A failure does
// not fail the read.
func (s *Store) keep(ctx context.Context, u unlocked) {
	if err := s.rewrite(ctx, u, keepTimeout, nil); err != nil {
		s.notKept(ctx, err)
	}
}

func (s *Store) notKept(ctx context.Context, err error) {
	s.config.Logger.WarnContext(ctx, "the password is not kept, and will be asked for again", "store", s.config.Path, "error", err)
}
