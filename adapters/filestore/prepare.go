package filestore

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// prepared is a new store that is not written yet: its bytes, which were verified to open.
type prepared struct {
	document *document
	file     []byte
	unlocked unlocked
	// keep is for [Key.Keep], and recovery is for the user; recovery is empty if there is no
	// recovery slot.
	keep, recovery secret.Value
}

// prepare encrypts list for key as document d, and opens it again in memory.
func (s *Store) prepare(ctx context.Context, d *document, key Key, list entries.List) (*prepared, error) {
	if err := s.checkNew(key); err != nil {
		return nil, err
	}
	p := &prepared{document: d, keep: key.Password, unlocked: unlocked{account: d.account(), given: key}}
	if d.format == Format1 {
		p.unlocked.key = key1(key.Password.Bytes())
	} else {
		p.unlocked.key = make([]byte, seal.KeySize)
		// rand.Read never returns an error; it crashes the process instead.
		_, _ = rand.Read(p.unlocked.key)
		p.keep, d.header.Slots = s.slots(d.header, &p.unlocked)
		if s.config.Recovery != nil {
			p.recovery = addRecovery(d.header, p.unlocked.key)
		}
	}
	var err error
	if p.file, err = d.seal(p.unlocked.key, list); err != nil {
		return nil, err
	}
	return p, s.prove(ctx, p.file, list, key.Password, p.keep, p.recovery)
}

// checkNew returns an error if key cannot be the password of a store.
func (s *Store) checkNew(key Key) error {
	text := key.Password.Bytes()
	if len(text) == 0 {
		return s.noPassword(key)
	}
	if header.IsRecovery(text) {
		return fmt.Errorf("%w: the text of a recovery key as a new password; choose another", secret.ErrUnsupported)
	}
	return nil
}

// slots returns the slots for the password in u, the first of which becomes u's slot, and the
// text to keep: the password itself if it was generated, otherwise an additional random one.
func (s *Store) slots(h *header.Header, u *unlocked) (keep secret.Value, slots []header.Slot) {
	keep = u.given.Password
	typed := !isGenerated(keep.Bytes())
	if typed {
		slots = append(slots, h.NewSlot(header.Password, keep.Bytes(), u.key, s.cost))
	}
	if typed && u.given.Keep != nil {
		keep = GeneratePassword()
	}
	if !typed || u.given.Keep != nil {
		slots = append(slots, h.NewSlot(header.Keyring, keep.Bytes(), u.key, header.Cost{}))
	}
	u.slot = slots[0]
	return keep, slots
}

// MaxRecovery is the maximum number of recovery keys of a store.
const MaxRecovery = header.MaxRecovery

// addRecovery adds a recovery slot to h, and returns the text that opens it.
func addRecovery(h *header.Header, dataKey []byte) secret.Value {
	key, text := header.NewRecovery()
	h.Slots = append(slices.Clip(h.Slots), h.NewSlot(header.Recovery, key, dataKey, header.Cost{}))
	return secret.NewValue([]byte(text))
}

// prove checks that each non-empty password opens file, as in a later command, and that file
// contains list.
func (s *Store) prove(ctx context.Context, file []byte, list entries.List, passwords ...secret.Value) error {
	for i, password := range passwords {
		if password.Len() == 0 || i > 0 && password.Equal(passwords[i-1]) {
			continue
		}
		d, err := s.parse(bytes.Clone(file))
		if err != nil {
			return err
		}
		u, err := s.unlockWith(ctx, d, Key{Password: password, From: "this process"})
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
	}
	return nil
}
