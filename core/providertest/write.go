package providertest

import (
	"bytes"
	"context"
	"fmt"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var putCases = []subjectCase{
	{"Put_IsReadBack", func(s *subject) error {
		value := canary()
		if err := s.put(s.Missing, value); err != nil {
			return err
		}
		return s.holds(s.Missing, value)
	}},
	{"Put_ReplacesWhatWasThere", func(s *subject) error {
		value := canary()
		if err := s.put(s.Present[0], value); err != nil {
			return err
		}
		return s.holds(s.Present[0], value)
	}},
	{"Put_LeavesOthersAlone", func(s *subject) error {
		if err := s.put(s.Missing, canary()); err != nil {
			return err
		}
		return s.unchanged()
	}},
	{"Put_SurvivesReopening", func(s *subject) error {
		if s.Reopen == nil {
			return skipped("the Harness has no Reopen")
		}
		value := canary()
		if err := s.put(s.Missing, value); err != nil {
			return err
		}
		return holds(s.ctx, s.Reopen(s.t, s.p), s.Missing, value)
	}},
	{"Put_ForeignSchemeIsInvalidRef", func(s *subject) error {
		return is("Put to another scheme's reference", s.put(s.foreign(), canary()), secret.ErrInvalidRef)
	}},
	{"Put_NameItCannotHoldIsInvalidRef", func(s *subject) error {
		if s.Unholdable == nil {
			return skipped("the Harness has no Unholdable")
		}
		return all(s.Unholdable, func(ref secret.Ref) error {
			return is("Put to a name that it can never hold", s.put(ref, canary()), secret.ErrInvalidRef)
		})
	}},
	{"Put_OverTheLimitIsTooLarge", func(s *subject) error {
		if s.MaxValue == 0 {
			return skipped("the Harness has no MaxValue")
		}
		if err := s.put(s.Missing, secret.NewValue(bytes.Repeat([]byte("x"), s.MaxValue))); err != nil {
			return fmt.Errorf("the largest value is refused: %w", err)
		}
		return is("Put of a value over the limit", s.put(s.Present[0], oversize(s.MaxValue)), secret.ErrTooLarge)
	}},
	{"Put_ValueItCannotHoldIsUnsupported", func(s *subject) error {
		if s.Unstorable == nil {
			return skipped("the Harness has no Unstorable")
		}
		return all(s.Unstorable, func(value secret.Value) error {
			return is("Put of a value that the format cannot hold", s.put(s.Present[0], value), secret.ErrUnsupported)
		})
	}},
	{"Put_ErrorLeavesWhatWasThere", putErrors},
	{"Put_ContextErrorsAreUnchanged", func(s *subject) error {
		return contextErrors(s.ctx, "Put", func(ctx context.Context) error {
			return s.p.(provider.Writer).Put(ctx, s.Present[0], s.seeded[s.Present[0]])
		})
	}},
	{"Put_ManyGoroutinesAtOnce", manyWriters},
}

var deleteCases = []subjectCase{
	{"Delete_IsGone", func(s *subject) error {
		if err := s.remove(s.Present[0]); err != nil {
			return err
		}
		_, err := s.get(s.Present[0])
		return is("Get of what was deleted", err, secret.ErrNotFound)
	}},
	{"Delete_LeavesOthersAlone", func(s *subject) error {
		if err := s.remove(s.Present[0]); err != nil {
			return err
		}
		delete(s.seeded, s.Present[0])
		return s.unchanged()
	}},
	{"Delete_MissingIsNotFound", func(s *subject) error {
		return is("Delete of a missing reference", s.remove(s.Missing), secret.ErrNotFound)
	}},
	{"Delete_ForeignSchemeIsInvalidRef", func(s *subject) error {
		return is("Delete of another scheme's reference", s.remove(s.foreign()), secret.ErrInvalidRef)
	}},
	{"Delete_ContextErrorsAreUnchanged", func(s *subject) error {
		if err := contextErrors(s.ctx, "Delete", func(ctx context.Context) error {
			return s.p.(provider.Deleter).Delete(ctx, s.Present[0])
		}); err != nil {
			return err
		}
		return s.unchanged()
	}},
	{"Delete_ManyGoroutinesAtOnce", manyDeleters},
}

func putErrors(s *subject) error {
	value := canary()
	failed := 0
	try := func(ctx context.Context, value secret.Value) {
		if s.p.(provider.Writer).Put(ctx, s.Present[0], value) != nil {
			failed++
		}
	}
	canceled, cancel := context.WithCancel(s.ctx)
	cancel()
	try(canceled, value)
	for _, value := range s.Unstorable {
		try(s.ctx, value)
	}
	if s.MaxValue > 0 {
		try(s.ctx, oversize(s.MaxValue))
	}
	if failed == 0 {
		return skipped("no Put could be made to fail")
	}
	return s.unchanged()
}

func manyWriters(s *subject) error {
	value := canary()
	var writes []func() error
	for _, ref := range s.Present {
		writes = append(writes, func() error { return s.put(ref, value) })
	}
	if err := allAtOnce(writes, secret.ErrConflict); err != nil {
		return err
	}
	for _, ref := range s.Present {
		if err := s.holds(ref, value); err != nil {
			return fmt.Errorf("after many goroutines: %w", err)
		}
	}
	return nil
}

// manyDeleters checks that at least one of many concurrent deletions of a secret
// succeeds, and that no deleted secret returns with the deletion of another.
func manyDeleters(s *subject) error {
	var deletes []func() error
	for _, ref := range s.Present {
		deletes = append(deletes, func() error { return s.remove(ref) })
	}
	for i, failed := range atOnce(deletes...) {
		deleted := false
		for _, err := range failed {
			deleted = deleted || err == nil
			if err != nil && !wrapsOneOf(err, []error{secret.ErrNotFound, secret.ErrConflict}) {
				return fmt.Errorf("with many goroutines: %w", err)
			}
		}
		if !deleted {
			return fmt.Errorf("of many goroutines that delete %q none is told that it did", s.Present[i])
		}
	}
	return all(s.Present, func(ref secret.Ref) error {
		_, err := s.get(ref)
		return is("Get of what many goroutines deleted", err, secret.ErrNotFound)
	})
}

func oversize(limit int) secret.Value {
	return secret.NewValue(bytes.Repeat([]byte("x"), limit+1))
}
