package onepassword

import (
	"context"
	"fmt"
	"sync"

	"github.com/thv-secrets/thv/core/secret"
)

// memo calls a function once for each key, and remembers the results. The zero memo is
// empty. It is safe for concurrent use: concurrent callers of one key share one call and
// its result, also if that is an error.
type memo[T any] struct {
	// keep is whether errors are remembered too. If not, an error goes to those that
	// wait for the call, and the next caller calls again.
	keep  bool
	mu    sync.Mutex
	calls map[string]*memoCall[T]
}

// memoCall is one call of a memo. Its result and err are set once done is closed.
type memoCall[T any] struct {
	done   chan struct{}
	result T
	err    error
}

// do returns the result of fn for key, from an earlier call if there is one. Callers
// share the result and must not change it. fn must return when ctx is done.
func (m *memo[T]) do(ctx context.Context, key string, fn func() (T, error)) (T, error) {
	for {
		c, isNew := m.find(key)
		if isNew {
			m.run(key, c, fn)
			return c.result, c.err
		}
		select {
		case <-c.done:
		case <-ctx.Done():
			var none T
			return none, ctx.Err()
		}
		if !gaveUp(c.err) || ctx.Err() != nil {
			return c.result, c.err
		}
	}
}

// gaveUp reports whether err says only that the caller's own context was done, which
// means nothing to other callers.
func gaveUp(err error) bool {
	class := secret.ClassOf(err)
	return class == secret.ClassCanceled || class == secret.ClassTimeout
}

func (m *memo[T]) find(key string) (c *memoCall[T], isNew bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if c, found := m.calls[key]; found {
		return c, false
	}
	if m.calls == nil {
		m.calls = map[string]*memoCall[T]{}
	}
	c = &memoCall[T]{done: make(chan struct{})}
	m.calls[key] = c
	return c, true
}

// run sets the result of c. If fn panics, those that wait for c get an error.
func (m *memo[T]) run(key string, c *memoCall[T], fn func() (T, error)) {
	c.err = fmt.Errorf("%w: 1Password could not be asked; try again", secret.ErrUnavailable)
	defer func() {
		if c.err != nil && (!m.keep || gaveUp(c.err)) {
			m.forget(key)
		}
		close(c.done)
	}()
	c.result, c.err = fn()
}

func (m *memo[T]) forget(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.calls, key)
}
