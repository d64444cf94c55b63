package resolve

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/thv-secrets/thv/core/internal/safecall"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// source is a provider by its configured name: opened when first needed, called by a
// bounded number of goroutines, with its panics turned into errors.
type source struct {
	name  string
	slots chan struct{}
	open  provider.Opener
	// lock guards opened and failed, and is held while open runs.
	lock   chan struct{}
	opened provider.Provider
	failed error
	// simulated is set for a provider that is never opened.
	simulated bool
}

func newSource(s Step, concurrency int) *source {
	return &source{name: s.Provider, slots: make(chan struct{}, concurrency), open: s.Open, lock: make(chan struct{}, 1)}
}

// call runs work with the provider. If the provider has to be opened, it is opened with
// the context opening.
func (s *source) call(ctx, opening context.Context, work func(provider.Provider) error) error {
	if err := enter(ctx, s.slots); err != nil {
		return err
	}
	defer func() { <-s.slots }()
	p, err := s.provider(ctx, opening)
	if err != nil {
		return err
	}
	return safecall.Recover(func() error { return work(p) })
}

// provider returns the provider, which the first caller opens. It remembers the result,
// unless it is a failure that may pass.
func (s *source) provider(ctx, opening context.Context) (provider.Provider, error) {
	if err := enter(ctx, s.lock); err != nil {
		return nil, err
	}
	defer func() { <-s.lock }()
	if s.opened != nil || s.failed != nil {
		return s.opened, s.failed
	}
	var p provider.Provider
	err := safecall.Recover(func() (err error) {
		p, err = s.open(opening)
		return err
	})
	switch {
	case err == nil && p == nil:
		s.failed = safecall.Misbehaved("its opener answered neither a provider nor an error")
	case err == nil:
		s.opened = p
	case lasts(err):
		s.failed = err
	default:
		return nil, err
	}
	return s.opened, s.failed
}

// closeWait is how long close waits for an opener that is running, whose context is
// usually done.
const closeWait = 2 * time.Second

// close forgets the provider, or why it could not be opened, and closes it.
func (s *source) close() error {
	select {
	case s.lock <- struct{}{}:
	case <-time.After(closeWait):
		return errors.New("it is still being opened")
	}
	opened := s.opened
	s.opened, s.failed = nil, nil
	<-s.lock
	closer, ok := opened.(io.Closer)
	if !ok {
		return nil
	}
	return safecall.Recover(closer.Close)
}

// lasts reports whether an opener's failure would come again if it were called again.
func lasts(err error) bool {
	switch secret.ClassOf(err) {
	case secret.ClassInvalidRef, secret.ClassUnsupported, secret.ClassCorrupt, secret.ClassUsage, secret.ClassOther:
		return true
	}
	return errors.Is(err, safecall.ErrMisbehaved)
}

func enter(ctx context.Context, slots chan struct{}) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// bounded runs work and returns at the latest when ctx is done, even if work ignores
// ctx: work is then abandoned and its result dropped, unless it is there already.
func bounded[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := work()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r.value, r.err
	default:
		var none T
		return none, ctx.Err()
	}
}
