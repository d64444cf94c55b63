package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func TestExplain_FailureStopsNoOtherReference(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{
		step1("first", holding(t, "a", secret.ErrDenied, "c", "3")), step1("second", holding(t, "b", "2")),
	}})
	got, err := r.Explain(t.Context(), refs(t, "a", "b", "c", "d"))
	wantFailure(t, err, "first", ref(t, "a"), secret.ErrDenied)
	want := []string{"first:denied ", "first:not-found second:ok ", "first:ok ", "first:not-found second:not-found "}
	next := []string{"second", "", "second", ""}
	for i, trace := range got.Trace() {
		if path(trace) != want[i] || trace.Next() != next[i] {
			t.Errorf("%q: %q and next %q, want %q and %q", trace.Ref, path(trace), trace.Next(), want[i], next[i])
		}
	}
	if detail := got.Trace()[0].Attempts[0].Detail; detail != secret.ErrDenied.Error() {
		t.Errorf("the detail is %q", detail)
	}
	for name, want := range map[string]string{"b": "2", "c": "3"} {
		if v, ok := got.Value(ref(t, name)); !ok || !v.Equal(value(want)) {
			t.Errorf("%s has no value", name)
		}
	}
}

func TestExplain_CandidatesSayAfterWhatTheChainContinues(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"not-found", "locked"})
	if err != nil {
		t.Fatal(err)
	}
	r := newResolver(t, Config{
		Chain:   []Step{{"first", holding(t).open, rule}, step1("second", holding(t)), step1("third", holding(t))},
		Schemes: map[string]Step{"op": step1("vault", holding(t))},
	})
	got, _ := r.Explain(t.Context(), refs(t, "a", "op://v/i/f"))
	if got := fmt.Sprint(got.Trace()[0].Candidates); got != "[{first [not-found locked] false} {second [not-found] false} {third [] false}]" {
		t.Errorf("candidates of a bare name: got %s", got)
	}
	if got := fmt.Sprint(got.Trace()[1].Candidates); got != "[{vault [] false}]" {
		t.Errorf("candidates of a scheme: got %s", got)
	}
}

func TestExplain_AnswersTheErrorOfResolve(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 500 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, random)
			_, want := w.resolver(t).Resolve(t.Context(), w.refs)
			synctest.Wait()
			got, err := w.resolver(t).Explain(t.Context(), w.refs)
			if fmt.Sprint(err) != fmt.Sprint(want) {
				t.Errorf("Explain: %v\nResolve: %v", err, want)
			}
			for _, trace := range got.Trace() {
				f := w.fate(trace.Ref)
				v, ok := got.Value(trace.Ref)
				if trace.Class != secret.ClassOf(f.err) || len(trace.Attempts) != f.asks || ok != (f.err == nil) || ok && !v.Equal(f.value) {
					t.Errorf("%q: %s ends %s, want %d asks and %v", trace.Ref, path(trace), trace.Class, f.asks, f.err)
				}
			}
		})
	}
}

// The truth of a simulation: a provider that really fails leads to the same
// questions, the same class for every reference and the same kind of error.
func TestSimulating_IsWhatWouldHappen(t *testing.T) {
	random := rand.New(rand.NewPCG(rand.Uint64(), 0))
	for range 100 {
		w := newWorld(t, random)
		for _, row := range fallback.Table() {
			for victim := range w.readers {
				synctest.Test(t, func(t *testing.T) { w.checkOutage(t, victim, row.Class) })
			}
		}
	}
}

func (w *world) checkOutage(t *testing.T, victim int, class secret.Class) {
	simulating, err := w.resolver(t).Simulating(map[string]secret.Class{fmt.Sprint(victim): class})
	if err != nil {
		t.Fatal(err)
	}
	failure := class.Sentinel()
	if failure == nil {
		failure = errors.New("no class")
	}
	real := newResolver(t, w.withOutage(victim, failure))
	simulated, want := simulating.Explain(t.Context(), w.refs)
	_, got := real.Resolve(t.Context(), w.refs)
	synctest.Wait()
	if secret.ClassOf(got) != secret.ClassOf(want) {
		t.Errorf("%d=%s: a run ends with %v, the simulation with %v", victim, class, got, want)
	}
	happened, _ := real.Explain(t.Context(), w.refs)
	for i, trace := range simulated.Trace() {
		other := happened.Trace()[i]
		if path(trace) != path(other) || trace.Class != other.Class || trace.DecidedBy() != other.DecidedBy() {
			t.Errorf("%d=%s: %q is simulated as %s, and is %s", victim, class, trace.Ref, path(trace), path(other))
		}
		if !trace.Candidates[victim].Simulated {
			t.Errorf("%q: the candidate is not marked as simulated", trace.Ref)
		}
	}
}

// withOutage is the world's configuration with a victim that fails whatever it is
// asked.
func (w *world) withOutage(victim int, failure error) Config {
	c := Config{Concurrency: w.workers}
	for i, r := range w.readers {
		open := provider.Opener(r.open)
		if i == victim {
			open = opens(failingReader{failure})
		}
		c.Chain = append(c.Chain, Step{Provider: fmt.Sprint(i), Open: open, On: w.rules[i]})
	}
	return c
}

type failingReader struct{ err error }

func (f failingReader) Get(context.Context, secret.Ref) (secret.Value, error) {
	return secret.Value{}, f.err
}

func TestSimulating_AsksTheOthersOnly(t *testing.T) {
	first, second := holding(t, "a", "1"), holding(t, "a", "2")
	r := newResolver(t, Config{
		Chain:   []Step{step1("first", first), step1("second", second)},
		Schemes: map[string]Step{"thv": step1("first", first)},
	})
	simulating, err := r.Simulating(map[string]secret.Class{"first": secret.ClassNotFound})
	if err != nil {
		t.Fatal(err)
	}
	got, err := simulating.Get(t.Context(), ref(t, "a"))
	if err != nil || !got.Equal(value("2")) || first.opens != 0 {
		t.Errorf("%v; the first is opened %d times", err, first.opens)
	}
	if _, err := simulating.Get(t.Context(), ref(t, "thv://a")); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("its scheme: %v", err)
	}
	if v, err := r.Get(t.Context(), ref(t, "a")); err != nil || !v.Equal(value("1")) {
		t.Errorf("the original: %v", err)
	}
}

func TestSimulating_RefusesWhatItDoesNotKnow(t *testing.T) {
	r := newResolver(t, Config{
		Chain:   []Step{step1("b", holding(t)), step1("a", holding(t))},
		Schemes: map[string]Step{"z": step1("z", holding(t)), "y": step1("y", holding(t)), "b": step1("b", holding(t)), "y2": step1("y", holding(t))},
	})
	if names := r.Names(); !slices.Equal(names, []string{"b", "a", "y", "z"}) {
		t.Errorf("names %v", names)
	}
	for _, c := range []struct {
		outage map[string]secret.Class
		want   string
	}{
		{map[string]secret.Class{"c": secret.ClassDenied}, "valid are b, a, y, z"},
		{map[string]secret.Class{"a": secret.ClassOK}, "valid are not-found, denied"},
		{map[string]secret.Class{"a": "down"}, "canceled, usage, other"},
	} {
		if _, err := r.Simulating(c.outage); !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Simulating(%v): got %v, want ErrInvalidRef: %s", c.outage, err, c.want)
		}
	}
}

func TestTrace_SaysWhoDecidedAndWhoWouldBeNext(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"not-found", "unavailable"})
	if err != nil {
		t.Fatal(err)
	}
	r := newResolver(t, Config{Chain: []Step{
		{"first", holding(t, "down", secret.ErrUnavailable, "down-later-there", secret.ErrUnavailable).open, rule},
		{"second", holding(t, "denied", secret.ErrDenied, "there", "2").open, rule},
		{"third", holding(t, "down-later-there", "3").open, rule},
	}})
	for name, want := range map[string]struct{ decided, next string }{
		"nowhere":          {"third", ""},
		"down":             {"first", ""},
		"down-later-there": {"third", ""},
		"denied":           {"second", "third"},
		"there":            {"second", "third"},
	} {
		got, _ := r.Explain(t.Context(), refs(t, name))
		if trace := got.Trace()[0]; trace.DecidedBy() != want.decided || trace.Next() != want.next {
			t.Errorf("%s: decided by %q and next %q, want %q and %q", name, trace.DecidedBy(), trace.Next(), want.decided, want.next)
		}
	}
}
