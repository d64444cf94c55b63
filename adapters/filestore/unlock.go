package filestore

import (
	"context"
	"errors"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
)

// unlocked is what opens a store.
type unlocked struct {
	account string
	// key decrypts the secrets. In format 1 it is not known to be the right one
	// before it has.
	key []byte
	// given is what Keys answered; from memory, its Keep is nil.
	given Key
	// kind is the kind of the slot that given opened; none in format 1.
	kind string
	// slots are those that the store had when given opened one.
	slots []header.Slot
	// remembered: it comes from an earlier time and Keys was not asked.
	remembered bool
}

// unlock returns what opens d: what opened it before, or what Keys answers.
func (s *Store) unlock(ctx context.Context, d *document, quiet bool) (unlocked, error) {
	if u, ok := s.recall(d.account()); ok {
		return u, nil
	}
	key, err := s.config.Keys.Key(ctx, Request{Account: d.account(), Path: s.config.Path, Quiet: quiet})
	if err != nil {
		return unlocked{}, err
	}
	return s.unlockWith(d, key)
}

func (s *Store) unlockWith(d *document, key Key) (unlocked, error) {
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
	u.kind, u.slots = kind, d.header.Slots
	u.key, err = d.header.Unwrap(kind, text)
	switch {
	case errors.Is(err, header.ErrNoSlot) && kind == header.Recovery:
		return unlocked{}, s.wrongPassword(key, "the recovery key")
	case errors.Is(err, header.ErrNoSlot):
		return unlocked{}, s.wrongPassword(key, "the password")
	case err != nil:
		return unlocked{}, s.headerError(err)
	}
	return u, nil
}

// decrypt opens d with u, and remembers u where that worked.
func (s *Store) decrypt(d *document, u unlocked) (entries.List, error) {
	list, err := d.open(u.key)
	switch {
	case err == nil:
		s.remember(u)
		return list, nil
	case u.remembered:
		s.forget()
		return nil, errStale
	case errors.Is(err, seal.ErrOpen) && d.format == Format1:
		return nil, s.lockedOrDamaged(u.given)
	}
	return nil, s.corrupt(err)
}

// errStale never leaves the package: the remembered key does not open the store
// any more, ask again.
var errStale = errors.New("stale key")

func (s *Store) recall(account string) (unlocked, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.opened, s.opened.account == account
}

func (s *Store) remember(u unlocked) {
	u.given.Keep, u.remembered = nil, true
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opened = u
}

func (s *Store) forget() { s.remember(unlocked{}) }
