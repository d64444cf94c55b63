package providertest

import (
	"slices"
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
		spoil, ok := spoilt[p.name]
		if !ok {
			t.Errorf("no provider breaks the promise %s", p.name)
			continue
		}
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			failed := broken(t, wrongHarness(spoil).promises(everything))
			if !slices.Equal(failed, []string{p.name}) {
				t.Errorf("a provider that breaks this promise fails %q", failed)
			}
		})
	}
	for name := range spoilt {
		if !names[name] {
			t.Errorf("there is no promise %s", name)
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
