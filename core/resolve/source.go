package resolve

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"time"

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
	return contained(func() error { return work(p) })
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
	err := contained(func() (err error) {
		p, err = s.open(opening)
		return err
	})
	switch {
	case err == nil && p == nil:
		s.failed = defect("its opener answered neither a provider nor an error")
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

// close forgets the provider and ends what it holds.
func (s *source) close() error {
	select {
	case s.turn <- struct{}{}:
	case <-time.After(closeWait):
		return errors.New("it is still being opened")
	}
	opened := s.opened
	s.opened = nil
	<-s.turn
	closer, ok := opened.(io.Closer)
	if !ok {
		return nil
	}
	return contained(closer.Close)
}

// lasts reports whether an opener's failure would only come again.
func lasts(err error) bool {
	switch secret.ClassOf(err) {
	case secret.ClassInvalidRef, secret.ClassUnsupported, secret.ClassCorrupt, secret.ClassOther:
		return true
	}
	return errors.Is(err, errDefect)
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

// contained turns a panic into an error, which names its place and not what was
// thrown: that may hold a value.
func contained(work func() error) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = defect("panicked (%T in %s)", thrown, origin())
		}
	}()
	return work()
}

var errDefect = errors.New("the provider has a defect")

func defect(format string, args ...any) error {
	return fmt.Errorf("%w: %w: it %s", secret.ErrUnavailable, errDefect, fmt.Sprintf(format, args...))
}

// origin is the place that a panic came from: the first frame below the
// runtime's own.
func origin() string {
	var pcs [32]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for {
		frame, more := frames.Next()
		if !strings.HasPrefix(frame.Function, "runtime.") {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		if !more {
			return "an unknown place"
		}
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
