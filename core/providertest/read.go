package providertest

import (
	"context"
	"fmt"

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
	{"Check_ManyGoroutinesAtOnce", func(s *subject) error {
		alone := s.p.(provider.Checker).Check(s.ctx)
		return allAtOnce([]func() error{func() error {
			err := s.p.(provider.Checker).Check(s.ctx)
			if secret.ClassOf(err) != secret.ClassOf(alone) {
				return fmt.Errorf("Check answers %w, and %v to one goroutine alone", err, alone)
			}
			return nil
		}})
	}},
}

func manyReaders(s *subject) error {
	var reads []func() error
	for _, ref := range s.Present {
		reads = append(reads, func() error { return s.holds(ref, s.seeded[ref]) })
	}
	return allAtOnce(reads)
}

// unanswerable returns all references that have no value.
func (s *subject) unanswerable() []secret.Ref {
	refs := []secret.Ref{s.Missing, s.foreign()}
	return append(append(refs, s.Unreadable...), s.Unholdable...)
}
