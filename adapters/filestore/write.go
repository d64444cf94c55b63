package filestore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"
	"unicode/utf8"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// updateTries bounds how often an update starts anew because somebody else made
// or replaced the store, or changed its password, in the middle of it.
const updateTries = 5

// keepTimeout bounds the wait for the lock where a read only wants it for
// keeping a password.
const keepTimeout = 2 * time.Second

// change is what becomes of a list: with takes the place of start to end.
type change struct {
	start, end int
	with       []byte
}

type changer func(entries.List) (change, error)

func noChange(entries.List) (change, error) { return change{}, nil }

// Put stores value under ref; a description that is there stays. The first Put
// makes the store.
func (s *Store) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	return s.put(ctx, ref, value, nil)
}

// PutDescribed is Put with a description over what was there, of at most
// MaxDescription bytes of UTF-8. In a store of format 1 only the empty one is
// not secret.ErrUnsupported.
func (s *Store) PutDescribed(ctx context.Context, ref secret.Ref, value secret.Value, description string) error {
	if len(description) > MaxDescription {
		return fmt.Errorf("%w: a description has at most %d bytes", secret.ErrTooLarge, MaxDescription)
	}
	if !utf8.ValidString(description) {
		return fmt.Errorf("%w: a description that is not UTF-8", secret.ErrUnsupported)
	}
	return s.put(ctx, ref, value, []byte(description))
}

func (s *Store) put(ctx context.Context, ref secret.Ref, value secret.Value, description []byte) error {
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
		if description != nil {
			e.Description = description
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
	return s.update(ctx, func(list entries.List) (change, error) {
		span, err := list.Find(name)
		if err != nil {
			return change{}, s.corrupt(err)
		}
		if !span.Found {
			return change{}, s.notFound()
		}
		return change{span.Start, span.End, nil}, nil
	})
}

// update applies apply to the store, which it makes where there is none. With an
// error from apply nothing is written.
func (s *Store) update(ctx context.Context, apply changer) error {
	for range updateTries {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := s.peek()
		if err != nil {
			return err
		}
		var done bool
		if d == nil {
			done, err = s.make(ctx, apply)
		} else {
			done, err = s.change(ctx, d, apply)
		}
		if done || err != nil {
			return err
		}
	}
	return s.conflict()
}

func (s *Store) conflict() error {
	return fmt.Errorf("%w: %s was made anew or got another password meanwhile; try again", secret.ErrConflict, s.config.Path)
}

func (s *Store) change(ctx context.Context, d *document, apply changer) (done bool, err error) {
	u, err := s.unlock(ctx, d, false)
	if err != nil {
		return false, err
	}
	return s.rewrite(ctx, u, s.config.LockTimeout, apply)
}

// rewrite changes the store under the lock. It is not done where u does not fit
// the store any more.
func (s *Store) rewrite(ctx context.Context, u unlocked, timeout time.Duration, apply changer) (done bool, err error) {
	lock, err := disk.Acquire(ctx, s.config.Path, timeout)
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
	c, err := apply(list)
	if err != nil {
		return false, err
	}
	text := adopt(d, u)
	file, err := d.seal(u.key, list[:c.start], c.with, list[c.end:])
	if err != nil {
		return false, err
	}
	if err := ctx.Err(); err != nil {
		return false, err
	}
	if err := lock.Replace(file); err != nil {
		return false, err
	}
	s.tellKeeper(ctx, u, text)
	return true, nil
}

// reopen reads the store under the lock; errStale where u is not, or may not be,
// what opens it now.
func (s *Store) reopen(u unlocked) (*document, entries.List, error) {
	d, err := s.load()
	if err != nil {
		return nil, nil, err
	}
	if d == nil || d.account() != u.account {
		return nil, nil, errStale
	}
	if u.given.Keep != nil && d.header != nil && !reflect.DeepEqual(u.slots, d.header.Slots) {
		// The key still decrypts, but the password may be an old one by now
		// and must not be kept.
		return nil, nil, errStale
	}
	list, err := s.decrypt(d, u)
	return d, list, err
}

// adopt returns the text to keep for a store that u opened. Where u's password
// is one that a person types, that is a random one, which gets the keyring slot:
// so no later command has to wait for the slow derivation.
func adopt(d *document, u unlocked) secret.Value {
	if u.given.Keep == nil || u.kind == "" || u.kind == header.Keyring {
		return u.given.Password
	}
	text := GeneratePassword()
	slot := d.header.NewSlot(header.Keyring, text.Bytes(), u.key, header.Cost{})
	d.header.Slots = append(d.header.Without(header.Keyring), slot)
	return text
}

// keep keeps what opened the store for reading. That it cannot be kept is no
// reason not to read.
func (s *Store) keep(ctx context.Context, u unlocked) {
	if u.kind == "" || u.kind == header.Keyring {
		s.tellKeeper(ctx, u, u.given.Password)
		return
	}
	if _, err := s.rewrite(ctx, u, keepTimeout, noChange); err != nil {
		s.config.Logger.WarnContext(ctx, "the password is not kept, and will be asked for again", "store", s.config.Path, "error", err)
	}
}

func (s *Store) tellKeeper(ctx context.Context, u unlocked, text secret.Value) {
	if u.given.Keep == nil {
		return
	}
	if err := u.given.Keep(ctx, u.account, text); err != nil {
		s.config.Logger.WarnContext(ctx, "the password is not kept, and will be asked for again", "store", s.config.Path, "error", err)
	}
}
