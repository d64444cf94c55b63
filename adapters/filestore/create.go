package filestore

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// Create makes an empty store. Where there is one it is secret.ErrConflict, and
// nothing changes.
func (s *Store) Create(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	d, err := s.peek()
	if err != nil {
		return err
	}
	done := false
	if d == nil {
		done, err = s.make(ctx, noChange)
	}
	if err == nil && !done {
		err = fmt.Errorf("%w: there is a store at %s already", secret.ErrConflict, s.config.Path)
	}
	return err
}

// make makes a store with what apply adds to an empty one. It is not done where
// somebody else has made one meanwhile.
func (s *Store) make(ctx context.Context, apply changer) (done bool, err error) {
	c, err := apply(nil)
	if err != nil {
		return false, err
	}
	d := newDocument(s.config.Format)
	key, err := s.config.Keys.NewKey(ctx, Request{Account: d.account(), Path: s.config.Path})
	if err != nil {
		return false, err
	}
	p, err := s.prepare(d, key, c.with)
	if err != nil {
		return false, err
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return false, err
	}
	defer lock.Release()
	if other, err := s.load(); err != nil || other != nil {
		return false, err
	}
	return true, s.commit(ctx, lock, p)
}

// prepared is a store that is about to be made: its bytes, proved to open.
type prepared struct {
	document *document
	file     []byte
	unlocked unlocked
	// keep goes to the Keep of the key, recovery to the person; the latter is
	// empty where there is no recovery slot.
	keep, recovery secret.Value
}

// prepare seals list for key, as document d, and opens it again in memory.
func (s *Store) prepare(d *document, key Key, list entries.List) (*prepared, error) {
	kind, text, err := s.newPassword(d.format, key)
	if err != nil {
		return nil, err
	}
	p := &prepared{document: d, keep: key.Password, unlocked: unlocked{account: d.account(), given: key, kind: kind}}
	if d.format == Format1 {
		p.unlocked.key = key1(text)
	} else {
		p.unlocked.key = make([]byte, seal.KeySize)
		// rand.Read never returns an error; it ends the program instead.
		_, _ = rand.Read(p.unlocked.key)
		p.keep, d.header.Slots = s.slots(d.header, p.unlocked)
		s.addRecovery(p)
	}
	if p.file, err = d.seal(p.unlocked.key, list); err != nil {
		return nil, err
	}
	for _, password := range []secret.Value{key.Password, p.keep, p.recovery} {
		if password.Len() == 0 {
			continue
		}
		if err := s.prove(p.file, Key{Password: password, From: key.From}, list); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// newPassword returns the kind of slot for a password that a store is to get; no
// kind in format 1.
func (s *Store) newPassword(format Format, key Key) (kind string, text []byte, err error) {
	text = key.Password.Bytes()
	if len(text) == 0 {
		return "", nil, s.noPassword(key)
	}
	if header.IsRecovery(text) {
		return "", nil, fmt.Errorf("%w: the text of a recovery key as a new password; choose another", secret.ErrUnsupported)
	}
	if format == Format1 {
		return "", text, nil
	}
	return slotKind(text)
}

// slots returns the slots for the password that u holds, and the text to keep:
// the password itself, or beside one that a person types a random one.
func (s *Store) slots(h *header.Header, u unlocked) (keep secret.Value, slots []header.Slot) {
	keep = u.given.Password
	if u.kind == header.Password {
		slots = append(slots, h.NewSlot(header.Password, keep.Bytes(), u.key, s.cost))
		if u.given.Keep == nil {
			return keep, slots
		}
		keep = GeneratePassword()
	}
	return keep, append(slots, h.NewSlot(header.Keyring, keep.Bytes(), u.key, header.Cost{}))
}

func (s *Store) addRecovery(p *prepared) {
	if s.config.Recovery == nil {
		return
	}
	key, text := header.NewRecovery()
	h := p.document.header
	h.Slots = append(h.Slots, h.NewSlot(header.Recovery, key, p.unlocked.key, header.Cost{}))
	p.recovery = secret.NewValue([]byte(text))
}

// prove opens file with key, as a later command would, and finds list in it.
func (s *Store) prove(file []byte, key Key, list entries.List) error {
	d, err := s.parse(bytes.Clone(file))
	if err != nil {
		return err
	}
	u, err := s.unlockWith(d, key)
	if err != nil {
		return err
	}
	got, err := d.open(u.key)
	if err != nil {
		return s.corrupt(err)
	}
	if d.format == Format2 && !bytes.Equal(got, list) || got.Check() != nil {
		return s.corrupt(entries.ErrMalformed)
	}
	return nil
}

// commit hands out the keys of p and then puts p in the store's place: a key
// that is kept for a store that was never made does no harm, a store without its
// key does.
func (s *Store) commit(ctx context.Context, lock *disk.Lock, p *prepared) error {
	if p.recovery.Len() > 0 {
		if err := s.config.Recovery(ctx, p.recovery); err != nil {
			return fmt.Errorf("no store is made, since its recovery key was not taken: %w", err)
		}
	}
	if err := s.handOver(ctx, p); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := lock.Replace(p.file); err != nil {
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

// handOver keeps p's password. Where nobody knows the password, it must be kept.
func (s *Store) handOver(ctx context.Context, p *prepared) error {
	key := p.unlocked.given
	if key.Keep == nil {
		return nil
	}
	err := key.Keep(ctx, p.unlocked.account, p.keep)
	if err != nil && isGenerated(key.Password.Bytes()) {
		return fmt.Errorf("no store is made, since its password was not kept in %s: %w", key.From, err)
	}
	if err != nil {
		s.config.Logger.WarnContext(ctx, "the password is not kept, and will be asked for again", "store", s.config.Path, "error", err)
	}
	return ctx.Err()
}
