package providertest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// patience is the maximum duration of a call that should end at once. It is much more
// than a call needs, and passes only if the promise is broken.
const patience = 10 * time.Second

type subjectCase struct {
	name string
	keep func(*subject) error
}

// subject is a provider in which every reference of [Harness.Present] is seeded.
type subject struct {
	Harness
	t      testing.TB
	p      provider.Provider
	ctx    context.Context
	seeded map[secret.Ref]secret.Value
}

func newSubject(t testing.TB, h Harness) *subject {
	s := &subject{Harness: h, t: t, p: h.New(t), ctx: t.Context(), seeded: map[secret.Ref]secret.Value{}}
	for _, ref := range h.Present {
		s.seed(ref, canary())
	}
	return s
}

// canary is a value that occurs nowhere else.
func canary() secret.Value { return secret.NewValue([]byte("Canary-" + rand.Text())) }

func (s *subject) seed(ref secret.Ref, value secret.Value) {
	s.t.Helper()
	s.seeded[ref] = value
	if s.Seed != nil {
		s.Seed(s.t, s.p, ref, value)
		return
	}
	writer, ok := s.p.(provider.Writer)
	if !ok {
		s.t.Fatal("the Harness of a provider that cannot write needs Seed")
	}
	if err := writer.Put(s.ctx, ref, value); err != nil {
		s.t.Fatalf("seeding %q: %v", ref, err)
	}
}

func (s *subject) get(ref secret.Ref) (secret.Value, error) { return s.p.Get(s.ctx, ref) }

func (s *subject) put(ref secret.Ref, value secret.Value) error {
	return s.p.(provider.Writer).Put(s.ctx, ref, value)
}

func (s *subject) remove(ref secret.Ref) error { return s.p.(provider.Deleter).Delete(s.ctx, ref) }

// holds checks that ref has value. Its error contains neither value.
func (s *subject) holds(ref secret.Ref, value secret.Value) error {
	return holds(s.ctx, s.p, ref, value)
}

func holds(ctx context.Context, p provider.Provider, ref secret.Ref, value secret.Value) error {
	got, err := p.Get(ctx, ref)
	if err != nil {
		return fmt.Errorf("Get(%q): %w", ref, err)
	}
	if !got.Equal(value) {
		return fmt.Errorf("Get(%q) answers another value, of %d bytes where %d were stored", ref, got.Len(), value.Len())
	}
	return nil
}

// unchanged checks that all seeded references still have their values.
func (s *subject) unchanged() error {
	for ref, value := range s.seeded {
		if err := s.holds(ref, value); err != nil {
			return err
		}
	}
	return nil
}

// is checks the class of an error.
func is(what string, err, want error) error {
	if err == nil {
		return fmt.Errorf("%s succeeds; the promise is an error of the class %q", what, want)
	}
	if !errors.Is(err, want) {
		return fmt.Errorf("%s: the error is %w, which is not of the class %q", what, err, want)
	}
	return nil
}

// contextErrors runs call with contexts that are already done, and checks its errors.
func contextErrors(parent context.Context, what string, call func(context.Context) error) error {
	canceled, cancel := context.WithCancel(parent)
	cancel()
	passed, cancel := context.WithDeadline(parent, time.Unix(1, 0))
	defer cancel()
	if err := is(what+" with a canceled context", call(canceled), context.Canceled); err != nil {
		return err
	}
	return is(what+" after the deadline", call(passed), context.DeadlineExceeded)
}

// endsWith checks that call, whose backend hangs, returns when its context is done.
func endsWith(parent context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithCancel(parent)
	defer cancel()
	started, ended := make(chan struct{}), make(chan error, 1)
	go func() {
		close(started)
		ended <- call(ctx)
	}()
	<-started // on a busy machine that takes longer than the wait below
	select {
	case err := <-ended:
		if reason := skipped(""); errors.As(err, &reason) {
			return reason
		}
		return fmt.Errorf("the call ended, with the error %v, before its context was done; Hang has to make the backend hang", err)
	case <-time.After(50 * time.Millisecond):
	}
	cancel()
	select {
	case err := <-ended:
		return is("a call that hangs", err, context.Canceled)
	case <-time.After(patience):
		return errors.New("a call that hangs goes on after its context was canceled")
	}
}
