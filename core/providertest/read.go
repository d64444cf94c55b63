package providertest

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var readCases = []subjectCase{
	{"Get_AnswersTheValueByteForByte", func(s *subject) error {
		return all(s.values(), func(value secret.Value) error {
			s.seed(s.Present[0], value)
			return s.holds(s.Present[0], value)
		})
	}},
	{"Get_MissingIsNotFound", func(s *subject) error {
		_, err := s.get(s.Missing)
		return is("Get of a missing reference", err, secret.ErrNotFound)
	}},
	{"Get_ForeignSchemeIsInvalidRef", func(s *subject) error {
		_, err := s.get(s.foreign())
		return is("Get of another scheme's reference", err, secret.ErrInvalidRef)
	}},
	{"Get_UnreadablePathIsInvalidRef", func(s *subject) error {
		if s.Unreadable == nil {
			return skipped("the Harness has no Unreadable")
		}
		return all(s.Unreadable, func(ref secret.Ref) error {
			_, err := s.get(ref)
			return is("Get of a path that it cannot read", err, secret.ErrInvalidRef)
		})
	}},
	{"Get_NameItCannotHoldIsNotFound", func(s *subject) error {
		if s.Unholdable == nil {
			return skipped("the Harness has no Unholdable")
		}
		return all(s.Unholdable, func(ref secret.Ref) error {
			_, err := s.get(ref)
			return is("Get of a name that it can never hold", err, secret.ErrNotFound)
		})
	}},
	{"Get_ErrorComesWithTheZeroValue", func(s *subject) error {
		return all(s.unanswerable(), func(ref secret.Ref) error {
			if value, err := s.get(ref); err != nil && value.Len() > 0 {
				return fmt.Errorf("Get(%q) answers a value beside its error", ref)
			}
			return nil
		})
	}},
	{"Get_ContextErrorsAreUnchanged", func(s *subject) error {
		return contextErrors(s.ctx, "Get", func(ctx context.Context) error {
			_, err := s.p.Get(ctx, s.Present[0])
			return err
		})
	}},
	{"Get_ManyGoroutinesAtOnce", manyReaders},
	{"Get_HangingBackendEndsWithTheContext", func(s *subject) error {
		if s.Hang == nil {
			return skipped("the Harness has no Hang")
		}
		s.Hang(s.t, s.p)
		return endsWith(s.ctx, func(ctx context.Context) error {
			_, err := s.p.Get(ctx, s.Present[0])
			return err
		})
	}},
	{"Get_BrokenBackendIsNoAbsence", func(s *subject) error {
		if s.Break == nil {
			return skipped("the Harness has no Break")
		}
		s.Break(s.t, s.p)
		_, err := s.get(s.Missing)
		if err == nil || secret.ClassOf(err) == secret.ClassNotFound {
			return fmt.Errorf("Get from a broken backend: the error is %v; absence must not be claimed", err)
		}
		return oneSentinel(err)
	}},
}

var checkCases = []subjectCase{
	{"Check_ReadyIsNil", func(s *subject) error { return s.p.(provider.Checker).Check(s.ctx) }},
	{"Check_ChangesNothing", func(s *subject) error {
		if err := s.p.(provider.Checker).Check(s.ctx); err != nil {
			s.t.Log("Check:", err)
		}
		return s.unchanged()
	}},
	{"Check_ContextErrorsAreUnchanged", func(s *subject) error {
		return contextErrors(s.ctx, "Check", s.p.(provider.Checker).Check)
	}},
	{"Check_BrokenBackendIsAnError", func(s *subject) error {
		if s.Break == nil {
			return skipped("the Harness has no Break")
		}
		s.Break(s.t, s.p)
		err := s.p.(provider.Checker).Check(s.ctx)
		if err == nil {
			return errors.New("Check of a broken backend answers nil")
		}
		return oneSentinel(err)
	}},
}

func manyReaders(s *subject) error {
	var readers sync.WaitGroup
	found := make(chan error, 8*len(s.Present))
	for range 8 {
		for _, ref := range s.Present {
			readers.Go(func() { found <- s.holds(ref, s.seeded[ref]) })
		}
	}
	readers.Wait()
	close(found)
	for err := range found {
		if err != nil {
			return fmt.Errorf("with many goroutines: %w", err)
		}
	}
	return nil
}

// unanswerable are all references that have no value.
func (s *subject) unanswerable() []secret.Ref {
	refs := []secret.Ref{s.Missing, s.foreign()}
	return append(append(refs, s.Unreadable...), s.Unholdable...)
}
