package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var listCases = []subjectCase{
	{"List_YieldsEachSecretOnce", func(s *subject) error {
		times := map[string]int{}
		for info, err := range s.list(s.ctx) {
			if err != nil {
				return err
			}
			value, err := s.get(listed(info))
			if err != nil {
				continue // another promise's matter
			}
			times[string(value.Bytes())]++
		}
		for ref, value := range s.seeded {
			if n := times[string(value.Bytes())]; n != 1 {
				return fmt.Errorf("List yields %q %d times", ref, n)
			}
		}
		return nil
	}},
	{"List_NamesAreAcceptedByGet", func(s *subject) error {
		for info, err := range s.list(s.ctx) {
			if err != nil {
				return err
			}
			if _, err := s.get(listed(info)); err != nil {
				return fmt.Errorf("Get of a listed name: %w", err)
			}
		}
		return nil
	}},
	{"List_HoldsNoValue", func(s *subject) error {
		for info, err := range s.list(s.ctx) {
			if err != nil {
				return err
			}
			if err := holdsNone(info.Name+"\n"+info.Description, s.seeded); err != nil {
				return err
			}
		}
		return nil
	}},
	{"List_StopsEarly", func(s *subject) (err error) {
		calls := 0
		s.list(s.ctx)(func(secret.Info, error) bool {
			calls++
			return false
		})
		if calls != 1 {
			return fmt.Errorf("List yields %d times to a caller that stopped at the first", calls)
		}
		return nil
	}},
	{"List_ContextErrorsAreUnchanged", func(s *subject) error {
		return contextErrors(s.ctx, "List", func(ctx context.Context) error {
			var failed error
			for _, err := range s.list(ctx) {
				if failed == nil {
					failed = err
				}
			}
			return failed
		})
	}},
	{"List_ErrorIsTheEnd", func(s *subject) error {
		canceled, cancel := context.WithCancel(s.ctx)
		cancel()
		failed := false
		for info, err := range s.list(canceled) {
			if failed {
				return errors.New("List yields something after its error")
			}
			if failed = err != nil; failed && info != (secret.Info{}) {
				return errors.New("List yields an Info beside its error")
			}
		}
		return nil
	}},
	{"List_ManyGoroutinesAtOnce", func(s *subject) error {
		want, err := s.names()
		if err != nil {
			return err
		}
		return allAtOnce([]func() error{func() error {
			got, err := s.names()
			if err == nil && !slices.Equal(got, want) {
				err = fmt.Errorf("List yields %d names, and %d to one goroutine alone", len(got), len(want))
			}
			return err
		}})
	}},
}

var batchCases = []subjectCase{
	{"GetAll_AnswersEachAsGetWould", func(s *subject) error {
		refs := append(slices.Clone(s.Present), s.unanswerable()...)
		refs = append(refs, s.Present[0], s.Missing)
		results, err := s.getAll(s.ctx, refs)
		if err != nil {
			return err
		}
		if len(results) != len(refs) {
			return fmt.Errorf("GetAll answers %d results for %d references", len(results), len(refs))
		}
		for i, ref := range refs {
			if err := s.sameAsGet(ref, results[i]); err != nil {
				return err
			}
		}
		return nil
	}},
	{"GetAll_OfNothingIsEmpty", func(s *subject) error {
		results, err := s.getAll(s.ctx, nil)
		if err == nil && len(results) != 0 {
			err = fmt.Errorf("GetAll of nothing answers %d results", len(results))
		}
		return err
	}},
	{"GetAll_ErrorComesWithTheZeroValue", func(s *subject) error {
		results, err := s.getAll(s.ctx, s.unanswerable())
		for _, result := range results {
			if result.Err != nil && result.Value.Len() > 0 {
				return errors.New("GetAll answers a value beside its error")
			}
		}
		return err
	}},
	{"GetAll_LeavesTheCallersSlice", func(s *subject) error {
		refs := append([]secret.Ref{s.Present[1], s.Missing}, s.Present...)
		before := slices.Clone(refs)
		if _, err := s.getAll(s.ctx, refs); err != nil {
			return err
		}
		if !slices.Equal(refs, before) {
			return errors.New("GetAll changed the caller's slice")
		}
		return nil
	}},
	{"GetAll_ContextErrorsAreUnchanged", func(s *subject) error {
		return contextErrors(s.ctx, "GetAll", func(ctx context.Context) error {
			results, err := s.getAll(ctx, s.Present)
			if err != nil && results != nil {
				return errors.New("GetAll answers results beside its error")
			}
			return err
		})
	}},
	{"GetAll_ManyGoroutinesAtOnce", func(s *subject) error {
		return allAtOnce([]func() error{func() error {
			results, err := s.getAll(s.ctx, s.Present)
			for i, ref := range s.Present {
				if err == nil && (len(results) <= i || !results[i].Value.Equal(s.seeded[ref])) {
					err = fmt.Errorf("GetAll answers no value for %q, or another", ref)
				}
			}
			return err
		}})
	}},
}

func (s *subject) list(ctx context.Context) func(func(secret.Info, error) bool) {
	return s.p.(provider.Lister).List(ctx)
}

// names returns the names that List yields, sorted.
func (s *subject) names() ([]string, error) {
	var names []string
	for info, err := range s.list(s.ctx) {
		if err != nil {
			return nil, err
		}
		names = append(names, info.Name)
	}
	slices.Sort(names)
	return names, nil
}

// getAll returns a skipped if GetAll returns secret.ErrUnsupported, which is allowed.
func (s *subject) getAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results, err := s.p.(provider.Batcher).GetAll(ctx, refs)
	if errors.Is(err, secret.ErrUnsupported) {
		return results, skipped("GetAll answers that it is to be asked one by one")
	}
	return results, err
}

func (s *subject) sameAsGet(ref secret.Ref, result provider.Result) error {
	value, err := s.get(ref)
	if secret.ClassOf(err) != secret.ClassOf(result.Err) {
		return fmt.Errorf("GetAll answers the class %q for %q, Get %q", secret.ClassOf(result.Err), ref, secret.ClassOf(err))
	}
	if err == nil && !value.Equal(result.Value) {
		return fmt.Errorf("GetAll answers another value for %q than Get", ref)
	}
	return nil
}

// listed parses a name that List yielded, which may be a system name.
func listed(info secret.Info) secret.Ref {
	ref, err := secret.ParseRef(info.Name)
	if err != nil {
		ref, _ = secret.ParseSystemRef(info.Name)
	}
	return ref
}
