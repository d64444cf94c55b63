package providertest

import (
	"errors"
	"fmt"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
)

// promise is one subtest. Its function returns an error if the provider breaks the
// promise, and a skipped if the harness lacks a function to test it.
type promise struct {
	name string
	keep func(t testing.TB) error
}

type skipped string

func (s skipped) Error() string { return "not tested: " + string(s) }

// Run tests every promise of Provider and of the optional interfaces that the
// provider's type implements. The subtests run sequentially.
func Run(t *testing.T, h Harness) {
	t.Helper()
	if h.New == nil || len(h.Present) < 2 {
		t.Fatal("a Harness needs New, two references in Present, and Missing")
	}
	run(t, h.promises(provider.Capabilities(h.New(t))))
}

func run(t *testing.T, promises []promise) {
	t.Helper()
	for _, p := range promises {
		t.Run(p.name, func(t *testing.T) {
			err := p.keep(t)
			if reason := skipped(""); errors.As(err, &reason) {
				t.Skip(reason)
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
}

// promises returns the promises of a provider with the capabilities c.
func (h Harness) promises(c provider.Capability) []promise {
	var list []promise
	add := func(needs provider.Capability, cases []subjectCase) {
		if !c.Has(needs) {
			return
		}
		for _, one := range cases {
			list = append(list, promise{one.name, func(t testing.TB) error { return one.keep(newSubject(t, h)) }})
		}
	}
	add(0, readCases)
	add(provider.CanPut, putCases)
	add(provider.CanDelete, deleteCases)
	add(provider.CanList, listCases)
	add(provider.CanGetAll, batchCases)
	add(provider.CanCheck, checkCases)
	for _, op := range operations {
		add(op.needs, backendCases(op))
	}
	add(0, errorCases)
	return list
}

// all runs f for each of items, and adds the item to the error that f returns.
func all[E any](items []E, f func(E) error) error {
	for i, item := range items {
		if err := f(item); err != nil {
			return fmt.Errorf("case %d: %w", i+1, err)
		}
	}
	return nil
}
