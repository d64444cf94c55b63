package filestore

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// ChangePassword changes the password of the store, which [Keys] opens for the last time, to
// next. In a store of format 2 it replaces the password and keyring slots and keeps the
// recovery key; a store of format 1 is encrypted again.
//
// Unless nil, next.Keep is called with the text to keep. If it fails, the change ends: the
// old password still opens the store, and in format 2 the new one does too. At any time the
// store can be opened with the kept text, in format 1 under its account or a spare one (see
// [Request]), even if the process is killed or Keep fails after it has kept the text.
func (s *Store) ChangePassword(ctx context.Context, next Key) error {
	return s.retry(ctx, s.peek, func(d *document) error {
		if d == nil {
			return s.notThere()
		}
		return s.changePassword(ctx, d, next)
	})
}

func (s *Store) changePassword(ctx context.Context, d *document, next Key) error {
	u, err := s.unlock(ctx, d, false)
	if err != nil {
		return err
	}
	if err := s.checkNew(next); err != nil {
		return err
	}
	kept := ""
	if d.format == Format1 && next.Keep != nil {
		kept = s.keptUnder(ctx, d)
	}
	lock, err := disk.Acquire(ctx, s.config.Path, s.config.LockTimeout)
	if err != nil {
		return err
	}
	defer lock.Release()
	d, list, err := s.reopen(u)
	if err != nil {
		return err
	}
	r := rotation{store: s, lock: lock, was: d, list: list, from: u, to: unlocked{account: u.account, key: u.key, given: next}}
	if d.format == Format1 {
		err = r.reencrypt(ctx, kept)
	} else {
		err = r.rewrap(ctx, d)
	}
	if err == nil {
		s.remember(r.to)
	}
	return err
}

// keptUnder returns the account, Account1 or Next1, under which a keyring keeps the password
// of the format 1 store d.
func (s *Store) keptUnder(ctx context.Context, d *document) string {
	for _, account := range []string{Account1, Next1} {
		u, err := s.ask(ctx, d, Request{Account: account, Path: s.config.Path, Quiet: true})
		if err == nil && u.given.Kept {
			return account
		}
	}
	return ""
}

// rotation is the state of a change of the password, under the lock.
type rotation struct {
	store    *Store
	lock     *disk.Lock
	was      *document
	list     entries.List
	from, to unlocked
}

// reencrypt changes the password in format 1. It never overwrites a text in the keyring that
// may open the store: the new text is kept beside the old one before the file is replaced,
// and the old one is moved to another account afterwards.
func (r *rotation) reencrypt(ctx context.Context, kept string) error {
	old, next, keep := r.from.given.Password, r.to.given.Password, r.to.given.Keep
	r.to.key = key1(next.Bytes())
	file, err := newDocument(Format1).seal(r.to.key, r.list)
	if err != nil {
		return err
	}
	if err := r.store.prove(ctx, file, r.list, next); err != nil {
		return err
	}
	if keep == nil {
		return r.publish(ctx, file)
	}
	if kept == Next1 { // by a change that was interrupted
		if err := keep(ctx, Account1, old); err != nil {
			return fmt.Errorf("the password stays as it was, since it could not be kept as %s in %s: %w", Account1, r.to.given.From, err)
		}
		kept = Account1
	}
	if err := keep(ctx, Next1, next); err != nil {
		return fmt.Errorf("the password stays as it was, since the new one was not kept in %s: %w", r.to.given.From, err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	err = r.publish(ctx, file)
	if errors.Is(err, disk.ErrUnflushed) { // the old file may reappear, and needs the kept text
		return fmt.Errorf("the password is changed, and kept in %s as %s: %w", r.to.given.From, Next1, err)
	}
	if err != nil {
		return err
	}
	r.settle(context.WithoutCancel(ctx), kept == Account1)
	return nil
}

// settle moves the passwords to their final accounts. Its failure is ignored, since the new
// password is kept as Next1.
func (r *rotation) settle(ctx context.Context, oldWasKept bool) {
	keep := r.to.given.Keep
	var err error
	if oldWasKept {
		// Another store may have the same password.
		err = keep(ctx, Previous1, r.from.given.Password)
	}
	if err == nil {
		err = keep(ctx, Account1, r.to.given.Password)
	}
	if err != nil {
		r.store.config.Logger.WarnContext(ctx, "the new password is kept, but not under its own account",
			"account", Next1, "store", r.store.config.Path, "error", err)
	}
}

// rewrap changes the password in format 2. The old slots stay beside the new ones until the
// new text is kept.
func (r *rotation) rewrap(ctx context.Context, d *document) error {
	h, given := d.header, r.to.given
	keep, added := r.store.slots(h, &r.to)
	if given.Keep != nil {
		h.Add(r.from.slot, added...)
		if err := r.write(ctx, d, keep); err != nil {
			return fmt.Errorf("the old password still opens the store: %w", err)
		}
		if err := given.Keep(ctx, r.to.account, keep); err != nil {
			return fmt.Errorf("the old password still opens the store, and so does the new one, "+
				"which was not kept in %s; change the password again to finish: %w", given.From, err)
		}
	}
	h.Slots = append(h.Without(header.Password, header.Keyring), added...)
	err := r.write(ctx, d, keep)
	if err != nil && given.Keep != nil {
		return fmt.Errorf("the new password opens the store and is kept, but the old one may open it, too; "+
			"change the password again to finish: %w", err)
	}
	return err
}

func (r *rotation) write(ctx context.Context, d *document, keep secret.Value) error {
	file, err := d.seal(r.to.key, r.list)
	if err != nil {
		return err
	}
	if err := r.store.prove(ctx, file, r.list, r.to.given.Password, keep); err != nil {
		return err
	}
	return r.publish(ctx, file)
}

// publish replaces the file and remembers it as the present one.
func (r *rotation) publish(ctx context.Context, file []byte) error {
	if err := r.store.publish(ctx, r.lock, r.was, file); err != nil {
		return err
	}
	was, err := r.store.parse(file)
	r.was = was
	return err
}
