package resolve

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/thv-secrets/thv/core/internal/defect"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// source is a provider by its configured name: opened when first needed, called
// by a bounded number of goroutines, its panics contained.
type source struct {
	name  string
	slots chan struct{}
	open  provider.Opener
	// turn is held by the one that opens, and guards opened and failed.
	turn   chan struct{}
	opened provider.Provider
	failed error
	// simulated is set for one that is never opened.
	simulated bool
}

func newSource(s Step, concurrency int) *source {
	return &source{name: s.Provider, slots: make(chan struct{}, concurrency), open: s.Open, turn: make(chan struct{}, 1)}
}

// call runs work with the provider, which it opens under opening.
func (s *source) call(ctx, opening context.Context, work func(provider.Provider) error) error {
	if err := enter(ctx, s.slots); err != nil {
		return err
	}
	defer func() { <-s.slots }()
	p, err := s.provider(ctx, opening)
	if err != nil {
		return err
	}
	return defect.Contain(func() error { return work(p) })
}

// provider has the first caller open it, and remembers what came of that, but
// for a failure that may pass.
func (s *source) provider(ctx, opening context.Context) (provider.Provider, error) {
	if err := enter(ctx, s.turn); err != nil {
		return nil, err
	}
	defer func() { <-s.turn }()
	if s.opened != nil || s.failed != nil {
		return s.opened, s.failed
	}
	var p provider.Provider
	err := defect.Contain(func() (err error) {
		p, err = s.open(opening)
		return err
	})
	switch {
	case err == nil && p == nil:
		s.failed = defect.New("its opener answered neither a provider nor an error")
	case err == nil:
		s.opened = p
	case lasts(err):
		s.failed = err
	default:
		return nil, err
	}
	return s.opened, s.failed
}

// closeWait is how long close waits for an opener that is under way, whose context
// is done as a rule.
const closeWait = 2 * time.Second

// close forgets the provider, or why it could not be opened, and ends what it holds.
func (s *source) close() error {
	select {
	case s.turn <- struct{}{}:
	case <-time.After(closeWait):
		return errors.New("it is still being opened")
	}
	opened := s.opened
	s.opened, s.failed = nil, nil
	<-s.turn
	closer, ok := opened.(io.Closer)
	if !ok {
		return nil
	}
	return defect.Contain(closer.Close)
}

// lasts reports whether an opener's failure would only come again.
func lasts(err error) bool {
	switch secret.ClassOf(err) {
	case secret.ClassInvalidRef, secret.ClassUnsupported, secret.ClassCorrupt, secret.ClassUsage, secret.ClassOther:
		return true
	}
	return errors.Is(err, defect.Err)
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

// bounded runs work and returns at the latest when ctx is done, also where work
// ignores ctx: it is then left behind, and what it answers is dropped. An answer
// that is there already counts.
func bounded[T any](ctx context.Context, work func() (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		value, err := work()
		done <- answer{value, err}
	}()
	select {
	case a := <-done:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-done:
		return a.value, a.err
	default:
		var none T
		return none, ctx.Err()
	}
}
