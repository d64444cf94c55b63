package filestore

import (
	"context"
	"iter"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Get returns the value of ref.
func (s *Store) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	name, err := nameOf(ref)
	if err != nil {
		return secret.Value{}, err
	}
	list, err := s.list(ctx)
	if err != nil {
		return secret.Value{}, err
	}
	span, err := list.Find(name)
	if err != nil {
		return secret.Value{}, s.corrupt(err)
	}
	if !span.Found {
		return secret.Value{}, s.notFound()
	}
	return secret.NewValue(span.Entry.Value), nil
}

// GetAll returns the values of refs, and reads the file once.
func (s *Store) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results := make([]provider.Result, len(refs))
	wanted := make(map[string][]int, len(refs))
	for i, ref := range refs {
		name, err := nameOf(ref)
		if err != nil {
			results[i].Err = err
			continue
		}
		results[i].Err = s.notFound()
		wanted[name] = append(wanted[name], i)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(wanted) == 0 {
		return results, nil
	}
	list, err := s.list(ctx)
	if err != nil {
		return nil, err
	}
	for e, err := range list.All() {
		if err != nil {
			return nil, s.corrupt(err)
		}
		for _, i := range wanted[string(e.Name)] {
			results[i] = provider.Result{Value: secret.NewValue(e.Value)}
		}
	}
	return results, nil
}

// List yields all secrets, sorted by name.
func (s *Store) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		list, err := s.list(ctx)
		if err != nil {
			yield(secret.Info{}, err)
			return
		}
		for e, err := range list.All() {
			if err == nil {
				err = ctx.Err()
			} else {
				err = s.corrupt(err)
			}
			if err != nil {
				yield(secret.Info{}, err)
				return
			}
			if !yield(info(e), nil) {
				return
			}
		}
	}
}

// Check returns nil if the file and its directory have the right permissions, and a password
// is available that opens the store. It does not prompt and keeps nothing. It also returns
// nil for a store that does not exist yet.
func (s *Store) Check(ctx context.Context) error {
	_, _, err := s.open(ctx, true)
	return err
}

// list returns the secrets, or none if there is no store.
func (s *Store) list(ctx context.Context) (entries.List, error) {
	list, u, err := s.open(ctx, false)
	if err != nil {
		return nil, err
	}
	if u.given.Keep != nil {
		s.keep(ctx, u)
	}
	return list, ctx.Err()
}

func (s *Store) open(ctx context.Context, quiet bool) (list entries.List, u unlocked, err error) {
	err = s.retry(ctx, s.load, func(d *document) error {
		if d == nil {
			return nil
		}
		if u, err = s.unlock(ctx, d, quiet); err != nil {
			return err
		}
		list, err = s.decrypt(d, u)
		return err
	})
	u.proved = true
	return list, u, err
}

func info(e entries.Entry) secret.Info {
	return secret.Info{
		Name:        string(e.Name),
		Description: string(e.Description),
		Created:     fromNanoseconds(e.Created),
		Updated:     fromNanoseconds(e.Updated),
	}
}

func fromNanoseconds(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(0, n).UTC()
}

// Info describes a store. None of it is secret.
type Info struct {
	Path   string
	Exists bool
	// Format is the format of the file, or of a new file.
	Format Format
	// Account is the account of the store's password. It is empty for a store of format 2
	// that does not exist yet.
	Account string
	// Generation is the number of writes of a format 2 store.
	Generation uint64
	// Slots are the kinds of the key slots of a format 2 store: keyring, password, recovery,
	// or kinds of later versions.
	Slots []string
	// KeyFrom is the origin of the password of a store that was just created.
	KeyFrom string
}

// Describe returns the information that is readable without a password.
func (s *Store) Describe(ctx context.Context) (Info, error) {
	if err := ctx.Err(); err != nil {
		return Info{}, err
	}
	d, err := s.peek()
	if err != nil {
		return Info{}, err
	}
	if d == nil {
		empty := Info{Path: s.config.Path, Format: s.config.Format}
		if s.config.Format == Format1 {
			empty.Account = Account1
		}
		return empty, nil
	}
	return s.info(d), nil
}

func (s *Store) info(d *document) Info {
	i := Info{Path: s.config.Path, Exists: true, Format: d.format, Account: d.account()}
	if d.header != nil {
		i.Generation = d.header.Generation
		for _, slot := range d.header.Slots {
			i.Slots = append(i.Slots, slot.Kind)
		}
	}
	return i
}
