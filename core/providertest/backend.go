package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// operation calls one method for a reference in such a way that it needs the backend.
type operation struct {
	name  string
	needs provider.Capability
	call  func(ctx context.Context, s *subject, ref secret.Ref) error
}

var operations = []operation{
	{"Get", 0, func(ctx context.Context, s *subject, ref secret.Ref) error {
		_, err := s.p.Get(ctx, ref)
		return err
	}},
	{"Put", provider.CanPut, func(ctx context.Context, s *subject, ref secret.Ref) error {
		return s.p.(provider.Writer).Put(ctx, ref, s.seeded[s.Present[0]])
	}},
	{"Delete", provider.CanDelete, func(ctx context.Context, s *subject, ref secret.Ref) error {
		return s.p.(provider.Deleter).Delete(ctx, ref)
	}},
	{"List", provider.CanList, func(ctx context.Context, s *subject, _ secret.Ref) error {
		for _, err := range s.list(ctx) {
			if err != nil {
				return err
			}
		}
		return nil
	}},
	{"GetAll", provider.CanGetAll, func(ctx context.Context, s *subject, ref secret.Ref) error {
		results, err := s.getAll(ctx, []secret.Ref{ref, s.Present[1]})
		for _, result := range results {
			if err = result.Err; err == nil || errors.Is(err, secret.ErrNotFound) {
				return err
			}
		}
		return err
	}},
	{"Check", provider.CanCheck, func(ctx context.Context, s *subject, _ secret.Ref) error {
		return s.p.(provider.Checker).Check(ctx)
	}},
}

// backendCases returns the promises of op for a backend that fails or hangs.
func backendCases(op operation) []subjectCase {
	return []subjectCase{
		{op.name + "_BrokenBackendIsNoAbsence", func(s *subject) error {
			if s.Break == nil {
				return skipped("the Harness has no Break")
			}
			s.Break(s.t, s.p)
			err := op.call(s.ctx, s, s.Missing)
			if err == nil || errors.Is(err, secret.ErrNotFound) {
				return fmt.Errorf("%s with a broken backend: the error is %v; neither success nor absence must be claimed", op.name, err)
			}
			return nil
		}},
		{op.name + "_HangingBackendEndsWithTheContext", func(s *subject) error {
			if s.Hang == nil {
				return skipped("the Harness has no Hang")
			}
			s.Hang(s.t, s.p)
			return endsWith(s.ctx, func(ctx context.Context) error { return op.call(ctx, s, s.Present[0]) })
		}},
	}
}

// troubles returns the errors of every operation with a broken backend, if the harness
// can break it.
func (s *subject) troubles() []error {
	if s.Break == nil {
		return nil
	}
	s.Break(s.t, s.p)
	var list []error
	for _, op := range operations {
		if provider.Capabilities(s.p).Has(op.needs) {
			list = append(list, op.call(s.ctx, s, s.Missing))
		}
	}
	return list
}

// atOnce runs each of calls many times concurrently, and returns the errors of each.
func atOnce(calls ...func() error) [][]error {
	const times = 8
	failed := make([][]error, len(calls))
	var callers sync.WaitGroup
	for i, call := range calls {
		failed[i] = make([]error, times)
		for n := range times {
			callers.Go(func() { failed[i][n] = call() })
		}
	}
	callers.Wait()
	return failed
}

// allAtOnce runs each of calls many times concurrently. It returns an error if one
// fails with an error that wraps none of but.
func allAtOnce(calls []func() error, but ...error) error {
	for _, failed := range atOnce(calls...) {
		for _, err := range failed {
			if err != nil && !wrapsOneOf(err, but) {
				return fmt.Errorf("with many goroutines: %w", err)
			}
		}
	}
	return nil
}

func wrapsOneOf(err error, list []error) bool {
	for _, one := range list {
		if errors.Is(err, one) {
			return true
		}
	}
	return false
}
