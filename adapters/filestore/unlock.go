package filestore

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// tries is the maximum number of attempts of an operation during which other processes
// create or replace the store, or change its password.
const tries = 5

// unlocked has the key of a store.
type unlocked struct {
	account string
	// key decrypts the secrets. In format 1 it is verified only by decrypting them.
	key []byte
	// given is the result of [Keys]. Its Keep is nil if it was remembered.
	given Key
	// slot is the slot that given opened; unused in format 1.
	slot header.Slot
	// proved is true if the key has opened the store before. If it no longer does, the
	// password was changed.
	proved bool
}

// errStale is not returned to callers: the store changed after it was read or unlocked, and
// the operation starts again.
var errStale = errors.New("stale")

// retry runs try with the result of read, which is load or peek, until its error is neither
// errStale nor errRaced. It repeats after errRaced for as long as a writer would wait for the
// lock.
func (s *Store) retry(ctx context.Context, read func() (*document, error), try func(*document) error) error {
	deadline := time.Now().Add(s.config.LockTimeout)
	for n := 0; n < tries; {
		if err := ctx.Err(); err != nil {
			return err
		}
		d, err := read()
		if err == nil {
			err = try(d)
		}
		switch {
		case errors.Is(err, errRaced) && time.Now().Before(deadline):
		case errors.Is(err, errStale), errors.Is(err, errRaced):
			n++
		default:
			return err
		}
	}
	return fmt.Errorf("%w: %s was replaced or got another password during this operation; try again", secret.ErrConflict, s.config.Path)
}

// unlock returns the key of d: the remembered one if it still opens d, or the first result of
// [Keys] that does.
func (s *Store) unlock(ctx context.Context, d *document, quiet bool) (unlocked, error) {
	if u, ok := s.recall(d.account()); ok {
		return u, nil
	}
	return s.ask(ctx, d, Request{Account: d.account(), Spare: d.spare(), Path: s.config.Path, Quiet: quiet})
}

// ask asks [Keys] until a password opens d; it skips outdated passwords from keyrings.
func (s *Store) ask(ctx context.Context, d *document, request Request) (unlocked, error) {
	for {
		key, err := s.config.Keys.Key(ctx, request)
		if err != nil && ctx.Err() == nil && len(request.Wrong) > 0 {
			err = s.allWrong(d, request.Wrong, err)
		}
		if err != nil {
			return unlocked{}, err
		}
		u, err := s.tryKey(ctx, d, key)
		for key.Again != nil && errors.Is(err, secret.ErrLocked) {
			if key, err = key.Again(ctx); err == nil {
				u, err = s.tryKey(ctx, d, key)
			}
		}
		if !key.Kept || !errors.Is(err, secret.ErrLocked) || slices.Contains(request.Wrong, key.From) {
			return u, err
		}
		if s.changed(d) {
			return unlocked{}, errStale // the kept password may be newer than d
		}
		request.Wrong = append(slices.Clip(request.Wrong), key.From)
	}
}

// tryKey is unlockWith, except that it verifies a password that [Key.Again] can replace.
func (s *Store) tryKey(ctx context.Context, d *document, key Key) (unlocked, error) {
	u, err := s.unlockWith(ctx, d, key)
	if err == nil && d.format == Format1 && (key.Kept || key.Again != nil) {
		u.proved, err = s.opens1(u)
	}
	return u, err
}

// opens1 reports whether u opens the present store, which in format 1 is the only way to
// verify it.
func (s *Store) opens1(u unlocked) (bool, error) {
	d, err := s.load()
	if err != nil {
		return false, err
	}
	if d == nil || d.format != Format1 {
		return false, errStale
	}
	_, err = s.decrypt(d, u)
	return err == nil, err
}

// changed reports whether the key slots of d's store have changed. In format 1 opens1 reads
// the newest file instead.
func (s *Store) changed(d *document) bool {
	if d.format == Format1 {
		return false
	}
	now, err := s.peek()
	return err == nil && (now == nil || now.header == nil || !reflect.DeepEqual(now.header.Slots, d.header.Slots))
}

func (s *Store) allWrong(d *document, wrong []string, said error) error {
	damaged := ""
	if d.format == Format1 {
		damaged = ", or the file is damaged (this older format cannot tell)"
	}
	return fmt.Errorf("%w: %s: what is kept in %s does not open it%s; %v", //nolint:errorlint // one class only
		secret.ErrLocked, s.config.Path, strings.Join(wrong, ", "), damaged, said)
}

func (s *Store) unlockWith(ctx context.Context, d *document, key Key) (unlocked, error) {
	password := key.Password.Bytes()
	if len(password) == 0 {
		return unlocked{}, s.noPassword(key)
	}
	u := unlocked{account: d.account(), given: key}
	if d.format == Format1 {
		u.key = key1(password)
		return u, nil
	}
	kind, text, err := slotKind(password)
	if err != nil {
		return unlocked{}, s.wrongPassword(key, "the recovery key, which is mistyped,")
	}
	u.key, u.slot, err = d.header.Unwrap(ctx, kind, text)
	switch {
	case errors.Is(err, header.ErrNoSlot) && kind == header.Recovery:
		return unlocked{}, s.wrongPassword(key, "the recovery key")
	case errors.Is(err, header.ErrNoSlot):
		return unlocked{}, s.wrongPassword(key, "the password")
	case err != nil && ctx.Err() != nil:
		return unlocked{}, err
	case err != nil:
		return unlocked{}, s.headerError(err)
	}
	return u, nil
}

// decrypt opens d with u, and remembers u if that succeeds.
func (s *Store) decrypt(d *document, u unlocked) (entries.List, error) {
	list, err := d.open(u.key)
	switch {
	case err == nil:
		s.remember(u)
		return list, nil
	case u.proved:
		s.forget()
		return nil, errStale
	case errors.Is(err, seal.ErrOpen) && d.format == Format1:
		return nil, s.lockedOrDamaged(u.given)
	}
	return nil, s.corrupt(err)
}

// Opens reports whether password opens the store. It returns [secret.ErrNotFound] if there is
// no store. It does not prompt, and keeps and writes nothing.
func (s *Store) Opens(ctx context.Context, password secret.Value) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	d, err := s.load()
	if err != nil {
		return false, err
	}
	if d == nil {
		return false, s.notThere()
	}
	u, err := s.unlockWith(ctx, d, Key{Password: password})
	if err == nil {
		_, err = d.open(u.key)
	}
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, secret.ErrLocked), errors.Is(err, seal.ErrOpen) && d.format == Format1:
		return false, nil
	case secret.ClassOf(err) == secret.ClassOther && ctx.Err() == nil:
		err = s.corrupt(err)
	}
	return false, err
}

func (s *Store) recall(account string) (unlocked, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened, s.opened.account == account
}

func (s *Store) remember(u unlocked) {
	u.given.Keep, u.proved = nil, true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = u
}

func (s *Store) forget() { s.remember(unlocked{}) }
