package providertest

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// MemoryScheme is the scheme of references to a [Memory].
const MemoryScheme = "memory"

// MemoryMaxValue is the size of the largest value that a [Memory] stores, in bytes.
const MemoryMaxValue = 1 << 20

// Memory is a provider with every capability that keeps its secrets in memory. The
// zero Memory is empty and ready to use. A bare NAME and memory://NAME refer to the same
// secret. Names that begin with a dot cannot be stored, and paths that begin with a
// slash are invalid. List yields bare names.
type Memory struct {
	mu      sync.RWMutex
	secrets map[string]secret.Value
}

var (
	_ provider.Writer  = (*Memory)(nil)
	_ provider.Deleter = (*Memory)(nil)
	_ provider.Lister  = (*Memory)(nil)
	_ provider.Batcher = (*Memory)(nil)
	_ provider.Checker = (*Memory)(nil)
)

// Get returns the value of ref.
func (m *Memory) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	if err := readable(ctx, ref); err != nil {
		return secret.Value{}, err
	}
	m.mu.RLock()
	defer m.mu.RUnlock()
	value, found := m.secrets[ref.Path()]
	if !found {
		return secret.Value{}, secret.ErrNotFound
	}
	return value, nil
}

// Put stores value under ref.
func (m *Memory) Put(ctx context.Context, ref secret.Ref, value secret.Value) error {
	if err := readable(ctx, ref); err != nil {
		return err
	}
	if strings.HasPrefix(ref.Path(), ".") {
		return fmt.Errorf("%w: a name here does not begin with a dot", secret.ErrInvalidRef)
	}
	if value.Len() > MemoryMaxValue {
		return fmt.Errorf("%w: a value here has at most %d bytes", secret.ErrTooLarge, MemoryMaxValue)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secrets == nil {
		m.secrets = map[string]secret.Value{}
	}
	m.secrets[ref.Path()] = value
	return nil
}

// Delete removes ref.
func (m *Memory) Delete(ctx context.Context, ref secret.Ref) error {
	if err := readable(ctx, ref); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, found := m.secrets[ref.Path()]; !found {
		return secret.ErrNotFound
	}
	delete(m.secrets, ref.Path())
	return nil
}

// List yields every name, sorted.
func (m *Memory) List(ctx context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		m.mu.RLock()
		names := slices.Sorted(maps.Keys(m.secrets))
		m.mu.RUnlock()
		for _, name := range append(names, "") {
			if err := ctx.Err(); err != nil {
				yield(secret.Info{}, err)
				return
			}
			if name == "" || !yield(secret.Info{Name: name}, nil) {
				return
			}
		}
	}
}

// GetAll returns the result of Get for each of refs.
func (m *Memory) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results := make([]provider.Result, len(refs))
	for i, ref := range refs {
		results[i].Value, results[i].Err = m.Get(ctx, ref)
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return results, nil
}

// Check returns nil.
func (m *Memory) Check(ctx context.Context) error { return ctx.Err() }

func readable(ctx context.Context, ref secret.Ref) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case ref == secret.Ref{}:
		return fmt.Errorf("%w: empty", secret.ErrInvalidRef)
	case !ref.Bare() && ref.Scheme() != MemoryScheme:
		return fmt.Errorf("%w: not a bare name or %s://name", secret.ErrInvalidRef, MemoryScheme)
	case !ref.Bare() && strings.HasPrefix(ref.Path(), "/"):
		return fmt.Errorf("%w: a path here does not begin with a slash", secret.ErrInvalidRef)
	}
	return nil
}
