package resolve

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func TestResolve_FirstProviderThatHasItAnswers(t *testing.T) {
	first, second := holding(t, "a", "1"), holding(t, "a", "x", "b", "2")
	r := newResolver(t, Config{Chain: []Step{step1("first", first), step1("second", second)}})
	got, err := r.Resolve(t.Context(), refs(t, "a", "b", "a"))
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a": "1", "b": "2"} {
		if v, ok := got.Value(ref(t, name)); !ok || !v.Equal(value(want)) {
			t.Errorf("%s has another value", name)
		}
	}
	trace := got.Trace()
	if len(trace) != 2 || path(trace[0]) != "first:ok " || path(trace[1]) != "first:not-found second:ok " {
		t.Errorf("trace %+v", trace)
	}
	if trace[0].DecidedBy() != "first" || trace[1].DecidedBy() != "second" {
		t.Errorf("decided by %q and %q", trace[0].DecidedBy(), trace[1].DecidedBy())
	}
	if n := second.asked[ref(t, "a")]; n != 0 {
		t.Errorf("the second provider is asked %d times for what the first has", n)
	}
}

func TestResolve_ManyClassesDoNotFallBack(t *testing.T) {
	for _, class := range []error{
		secret.ErrDenied, secret.ErrLocked, secret.ErrUnavailable, secret.ErrInvalidRef, secret.ErrUnsupported,
		secret.ErrCorrupt, secret.ErrTooLarge, secret.ErrConflict, context.DeadlineExceeded, context.Canceled,
		errors.New("unclassified"),
	} {
		t.Run(class.Error(), func(t *testing.T) {
			next := holding(t, "a", "weaker")
			r := newResolver(t, Config{Chain: []Step{step1("first", holding(t, "a", class)), step1("next", next)}})
			got, err := r.Resolve(t.Context(), refs(t, "a"))
			wantFailure(t, err, "first", ref(t, "a"), class)
			if next.opens != 0 {
				t.Error("the next provider is opened")
			}
			if errors.Is(err, secret.ErrNotFound) {
				t.Error("a failure passes for an absence")
			}
			if len(got.Trace()) != 1 {
				t.Error("there is no trace beside the error")
			}
		})
	}
}

func TestResolve_RuleLetsAFailureGoOn(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"not-found", "unavailable"})
	if err != nil {
		t.Fatal(err)
	}
	first := Step{Provider: "first", Open: holding(t, "a", secret.ErrUnavailable, "b", secret.ErrUnavailable).open, On: rule}
	r := newResolver(t, Config{Chain: []Step{first, step1("next", holding(t, "a", "1"))}})
	if v, err := r.Get(t.Context(), ref(t, "a")); err != nil || !v.Equal(value("1")) {
		t.Errorf("Get: %v", err)
	}
	got, err := r.Resolve(t.Context(), refs(t, "b"))
	wantFailure(t, err, "first", ref(t, "b"), secret.ErrUnavailable)
	if trace := got.Trace()[0]; path(trace) != "first:unavailable next:not-found " || trace.DecidedBy() != "first" {
		t.Errorf("decided by %q in %q", trace.DecidedBy(), path(trace))
	}
}

func TestResolve_RuleWithoutNotFoundStopsAtAbsence(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"unavailable"})
	if err != nil {
		t.Fatal(err)
	}
	next := holding(t, "a", "1")
	r := newResolver(t, Config{Chain: []Step{{"first", holding(t).open, rule}, step1("next", next)}})
	if _, err := r.Get(t.Context(), ref(t, "a")); !errors.Is(err, secret.ErrNotFound) || next.opens != 0 {
		t.Errorf("%d opened, error %v", next.opens, err)
	}
}

func TestResolve_AllMissesAreReportedAtOnce(t *testing.T) {
	r := newResolver(t, Config{
		Chain:   []Step{step1("encrypted", holding(t, "b", "1")), step1("environment", holding(t))},
		Schemes: map[string]Step{"op": step1("1password", holding(t))},
	})
	got, err := r.Resolve(t.Context(), refs(t, "c", "b", "op://v/i/f", "a"))
	var missing *MissingError
	if !errors.As(err, &missing) || !errors.Is(err, secret.ErrNotFound) {
		t.Fatalf("the error is %v", err)
	}
	if fmt.Sprint(missing.Refs) != "[c op://v/i/f a]" {
		t.Errorf("missing are %v", missing.Refs)
	}
	if fmt.Sprint(missing.Asked) != "[[encrypted environment] [1password] [encrypted environment]]" {
		t.Errorf("asked were %v", missing.Asked)
	}
	for _, text := range []string{`"c" is not found in encrypted, environment`, `"op://v/i/f" is not found in 1password`} {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q does not say %s", err, text)
		}
	}
	if _, ok := got.Value(ref(t, "b")); ok {
		t.Error("values come with the error")
	}
	if len(got.Trace()) != 4 {
		t.Errorf("the trace has %d references", len(got.Trace()))
	}
}

func TestResolve_FailureWinsOverMisses(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{step1("only", holding(t, "b", secret.ErrDenied))}})
	_, err := r.Resolve(t.Context(), refs(t, "a", "b", "c"))
	wantFailure(t, err, "only", ref(t, "b"), secret.ErrDenied)
	if errors.Is(err, secret.ErrNotFound) {
		t.Error("the error is not found as well")
	}
}

func TestResolve_SchemeGoesToItsProviderOnly(t *testing.T) {
	chain, vault := holding(t, "op://v/i/f", "wrong"), holding(t)
	r := newResolver(t, Config{
		Chain:   []Step{step1("chain", chain)},
		Schemes: map[string]Step{"op": step1("vault", vault)},
	})
	if _, err := r.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("the error is %v", err)
	}
	if chain.opens != 0 || vault.opens != 1 {
		t.Errorf("the chain is opened %d times, the vault %d", chain.opens, vault.opens)
	}
}

func TestResolve_UnknownSchemesAreInvalidAndAskNobody(t *testing.T) {
	only := holding(t, "a", "1")
	r := newResolver(t, Config{
		Chain:   []Step{step1("only", only)},
		Schemes: map[string]Step{"thv": step1("only", only), "env": step1("env", holding(t))},
	})
	_, err := r.Resolve(t.Context(), refs(t, "a", "postgres://u:Hunter2@host", "x://y"))
	if !errors.Is(err, secret.ErrInvalidRef) || only.opens != 0 {
		t.Errorf("the error is %v; %d providers opened", err, only.opens)
	}
	for _, want := range []string{"postgres", "scheme x", "env, thv"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not name %s", err, want)
		}
	}
	if strings.Contains(err.Error(), "Hunter2") {
		t.Error("the error repeats the path, which may be a pasted address")
	}
	if _, err := r.Get(t.Context(), secret.Ref{}); !errors.Is(err, secret.ErrInvalidRef) {
		t.Errorf("the zero Ref: %v", err)
	}
}

func TestResolve_BatchIsOneCallForAllThatAreOpen(t *testing.T) {
	first := batchReader{holding(t, "a", "1", "thv://b", "2")}
	second := batchReader{holding(t, "c", "3", "d", "4")}
	r := newResolver(t, Config{
		Chain:   []Step{{Provider: "first", Open: first.open}, {Provider: "second", Open: second.open}},
		Schemes: map[string]Step{"thv": {Provider: "first", Open: first.open}},
	})
	got, err := r.Resolve(t.Context(), refs(t, "a", "thv://b", "c", "d"))
	if err != nil {
		t.Fatal(err)
	}
	for _, trace := range got.Trace() {
		for _, attempt := range trace.Attempts {
			if !attempt.Batch {
				t.Errorf("%s is asked for %q alone", attempt.Provider, trace.Ref)
			}
		}
	}
	if first.opens != 1 || second.opens != 1 {
		t.Errorf("opened %d and %d times", first.opens, second.opens)
	}
}

func TestResolve_BatchThatIsUnsupportedIsAskedOneByOne(t *testing.T) {
	p := noBatch{holding(t, "a", "1", "b", "2")}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(p)}}})
	got, err := r.Resolve(t.Context(), refs(t, "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	if v, _ := got.Value(ref(t, "b")); !v.Equal(value("2")) {
		t.Error("b has another value")
	}
}

type noBatch struct{ *reader }

func (noBatch) GetAll(context.Context, []secret.Ref) ([]provider.Result, error) {
	return nil, secret.ErrUnsupported
}

func TestResolve_NothingAsksNobody(t *testing.T) {
	only := holding(t)
	r := newResolver(t, Config{Chain: []Step{step1("only", only)}})
	if got, err := r.Resolve(t.Context(), nil); err != nil || len(got.Trace()) != 0 || only.opens != 0 {
		t.Errorf("%d opened, error %v", only.opens, err)
	}
}

func TestResolve_CallsAtOneProviderAreBounded(t *testing.T) {
	var names []string
	pairs := []any{}
	for i := range 40 {
		names = append(names, fmt.Sprintf("n%d", i))
		pairs = append(pairs, names[i], "v")
	}
	only := holding(t, pairs...)
	r := newResolver(t, Config{Chain: []Step{step1("only", only)}, Concurrency: 3})
	if _, err := r.Resolve(t.Context(), refs(t, names...)); err != nil {
		t.Fatal(err)
	}
	if only.most > 3 || len(only.asked) != 40 {
		t.Errorf("%d calls at once, %d references asked", only.most, len(only.asked))
	}
}

// A rule cannot name usage, and a rule that names its cause does not let it continue.
func TestResolve_MistakeOfTheCallerEndsTheChain(t *testing.T) {
	rule, err := fallback.ParseRule([]string{"not-found", "locked"})
	if err != nil {
		t.Fatal(err)
	}
	second := holding(t, "a", "1")
	mistake := secret.Usagef("--password-file: %w", secret.ErrLocked)
	r := newResolver(t, Config{Chain: []Step{
		{"first", func(context.Context) (provider.Provider, error) { return nil, mistake }, rule}, step1("second", second),
	}})
	_, err = r.Resolve(t.Context(), refs(t, "a"))
	if got := secret.ClassOf(err); got != secret.ClassUsage || second.opens != 0 {
		t.Errorf("got class %s and %d asked after it, want %s and 0: %v", got, second.opens, secret.ClassUsage, err)
	}
}
