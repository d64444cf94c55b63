package providertest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

const everything = provider.CanPut | provider.CanDelete | provider.CanList | provider.CanGetAll | provider.CanCheck

func tick() <-chan time.Time { return time.After(5 * time.Millisecond) }

func TestRun_RightProviderPasses(t *testing.T) {
	Run(t, wrongHarness(func(*wrong) {}))
}

func TestRun_MemoryPasses(t *testing.T) {
	Run(t, memoryHarness(func() provider.Provider { return &Memory{} }))
}

func TestRun_FaultyWithoutAPlanPasses(t *testing.T) {
	Run(t, memoryHarness(func() provider.Provider { return &Faulty{} }))
}

func memoryHarness(fresh func() provider.Provider) Harness {
	return Harness{
		New:        func(testing.TB) provider.Provider { return fresh() },
		Present:    []secret.Ref{mustRef("api-key"), mustRef("memory://other")},
		Missing:    mustRef("missing"),
		Unreadable: []secret.Ref{mustRef("memory:///x")},
		Unholdable: []secret.Ref{mustRef(".hidden")},
		MaxValue:   MemoryMaxValue,
	}
}

func TestRun_EachWrongProviderFailsExactlyItsPromise(t *testing.T) {
	names := map[string]bool{}
	for _, p := range wrongHarness(func(*wrong) {}).promises(everything) {
		names[p.name] = true
		spoil, ok := brokenProviders[p.name]
		if !ok {
			t.Errorf("no provider breaks the promise %s", p.name)
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			failed := broken(t, wrongHarness(spoil).promises(everything))
			// On a busy machine a call may begin only once the context of this promise is
			// done, and then it shows the same fault.
			if method, is := strings.CutSuffix(p.name, "_ContextErrorsAreUnchanged"); is {
				failed = slices.DeleteFunc(failed, func(name string) bool { return name == method+"_HangingBackendEndsWithTheContext" })
			}
			if !slices.Equal(failed, []string{p.name}) {
				t.Errorf("a provider that breaks this promise fails %q", failed)
			}
		})
	}
	for name := range brokenProviders {
		if !names[name] {
			t.Errorf("there is no promise %s", name)
		}
	}
}

// Whatever call an error comes from, its text and class are looked at.
func TestRun_ErrorsOfEveryMethodAreLookedAt(t *testing.T) {
	spoils := map[string]func(*wrong) error{
		"Errors_WrapExactlyOneSentinel": func(*wrong) error { return errors.Join(secret.ErrDenied, secret.ErrLocked) },
		"Errors_AreLowerCase":           func(*wrong) error { return fmt.Errorf("No: %w", secret.ErrLocked) },
		"Errors_HoldNoValue": func(w *wrong) error {
			kept, _ := w.store.Get(context.Background(), mustRef("other"))
			return fmt.Errorf("%w: %s", secret.ErrLocked, kept.Bytes())
		},
	}
	for name, err := range spoils {
		for _, op := range operations {
			failed := broken(t, aboutErrors(instead(op.name, says(err))))
			if !slices.Equal(failed, []string{name}) {
				t.Errorf("%s that breaks %s fails %q", op.name, name, failed)
			}
		}
		failed := broken(t, aboutErrors(onGetAll(func(w *wrong, results []provider.Result, failed error) ([]provider.Result, error) {
			for i := range results {
				if errors.Is(results[i].Err, secret.ErrNotFound) {
					results[i].Err = errors.Join(err(w), results[i].Err)
				}
			}
			return results, failed
		})))
		if !slices.Contains(failed, name) {
			t.Errorf("a result of GetAll that breaks %s fails %q", name, failed)
		}
	}
}

func aboutErrors(spoil func(*wrong)) []promise {
	return slices.DeleteFunc(wrongHarness(spoil).promises(everything), func(p promise) bool {
		return !strings.HasPrefix(p.name, "Errors_")
	})
}

// A provider may have a GetAll that says to ask one by one.
func TestRun_GetAllMayBeUnsupported(t *testing.T) {
	never := func(context.Context, *wrong) error { return secret.ErrUnsupported }
	for _, p := range wrongHarness(instead("GetAll", never)).promises(everything) {
		err := p.keep(t)
		if reason := skipped(""); err != nil && !errors.As(err, &reason) {
			t.Errorf("%s: %v", p.name, err)
		}
	}
}

func TestRun_OnlyTestsWhatTheTypeCanDo(t *testing.T) {
	reading := len(Harness{}.promises(0))
	if full := len(Harness{}.promises(everything)); reading == 0 || reading >= full {
		t.Errorf("%d promises for a reader, %d for a provider with every capability", reading, full)
	}
	for _, p := range (Harness{}).promises(provider.CanList) {
		if slices.ContainsFunc(putCases, func(c subjectCase) bool { return c.name == p.name }) {
			t.Errorf("a lister that cannot write is tested for %s", p.name)
		}
	}
}
