package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestResolve_PanicIsContainedAndItsValueUntold(t *testing.T) {
	for name, thrown := range map[string]any{
		"text": "Hunter2", "error": errors.New("Hunter2"), "struct": struct{ S string }{"Hunter2"},
	} {
		t.Run(name, func(t *testing.T) {
			f := planned(map[string]providertest.Fault{"a": providertest.Panic(thrown)})
			for kind, p := range map[string]provider.Provider{"batch": f, "single": single{f}} {
				next := holding(t, "a", "weaker")
				r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(p)}, step1("next", next)}})
				_, err := r.Resolve(t.Context(), refs(t, "a", "b"))
				wantFailure(t, err, "p", ref(t, "a"), secret.ErrUnavailable)
				if text := err.Error(); strings.Contains(text, "Hunter2") || !strings.Contains(text, ".Panic.") {
					t.Errorf("%s: %q tells what was thrown, or not where", kind, text)
				}
			}
		})
	}
}

func TestResolve_PanicOfAnOpenerIsContainedAndRemembered(t *testing.T) {
	calls := 0
	open := func(context.Context) (provider.Provider, error) {
		calls++
		panic("Hunter2")
	}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: open}}})
	for range 2 {
		_, err := r.Get(t.Context(), ref(t, "a"))
		wantFailure(t, err, "p", ref(t, "a"), secret.ErrUnavailable)
		if strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%q tells what was thrown", err)
		}
	}
	if calls != 1 {
		t.Errorf("opened %d times", calls)
	}
}

func TestResolve_OpenerWithoutAnAnswerIsUnavailable(t *testing.T) {
	open := func(context.Context) (provider.Provider, error) { return nil, nil }
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: open}}})
	_, err := r.Get(t.Context(), ref(t, "a"))
	wantFailure(t, err, "p", ref(t, "a"), secret.ErrUnavailable)
}

func TestResolve_OpenerThatFindsNothingGoesOn(t *testing.T) {
	open := func(context.Context) (provider.Provider, error) { return nil, secret.ErrNotFound }
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: open}, step1("next", holding(t, "a", "1"))}})
	if _, err := r.Get(t.Context(), ref(t, "a")); err != nil {
		t.Error(err)
	}
}

func TestResolve_OpenerIsTriedAgainAfterItsCallerGaveUp(t *testing.T) {
	calls := 0
	open := func(ctx context.Context) (provider.Provider, error) {
		if calls++; calls == 1 {
			<-ctx.Done()
			return nil, ctx.Err()
		}
		return holding(t, "a", "1"), nil
	}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: open}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	first := newSource(Step{Provider: "p", Open: open}, 1)
	if _, err := first.provider(t.Context(), ctx); !errors.Is(err, context.Canceled) {
		t.Fatalf("the first time: %v", err)
	}
	if _, err := r.Get(t.Context(), ref(t, "a")); err != nil {
		t.Error(err)
	}
	if p, err := first.provider(t.Context(), t.Context()); p == nil || err != nil {
		t.Errorf("the same source again: %v", err)
	}
}

func TestResolve_FailureOfAnOpenerThatMayPassIsNotRemembered(t *testing.T) {
	for failure, calls := range map[error]int{
		secret.ErrUnavailable: 2, secret.ErrLocked: 2, secret.ErrDenied: 2, secret.ErrConflict: 2, context.DeadlineExceeded: 2,
		secret.ErrInvalidRef: 1, secret.ErrUnsupported: 1, secret.ErrCorrupt: 1, errors.New("misconfigured"): 1,
	} {
		opened := 0
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: func(context.Context) (provider.Provider, error) {
			if opened++; opened == 1 {
				return nil, failure
			}
			return holding(t, "a", "1"), nil
		}}}})
		_, first := r.Get(t.Context(), ref(t, "a"))
		_, second := r.Get(t.Context(), ref(t, "a"))
		_, third := r.Get(t.Context(), ref(t, "a"))
		if !errors.Is(first, failure) || opened != calls || (calls == 1) != errors.Is(second, failure) || (calls == 1) != (third != nil) {
			t.Errorf("%v: opened %d times; first %v, then %v, then %v", failure, opened, first, second, third)
		}
	}
}

// mistake is an error with a type of its own and no class.
type mistake struct{}

func (mistake) Error() string { return "no class" }

func TestError_WithoutAClassIsUnavailableAndStillItself(t *testing.T) {
	f := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Fail(mistake{}) }}
	fails := func(context.Context) (provider.Provider, error) { return nil, mistake{} }
	for name, open := range map[string]provider.Opener{"provider": opens(f), "opener": fails} {
		r := newResolver(t, Config{Chain: []Step{
			{Provider: "p", Open: open, On: rule(t, "unavailable", "not-found")}, step1("next", holding(t, "a", "1")),
		}})
		ctx, a := t.Context(), ref(t, "a")
		_, get := r.Get(ctx, a)
		_, batch := r.Resolve(ctx, refs(t, "a", "b"))
		_, list := r.List(ctx, "")
		for op, err := range map[string]error{
			"get": get, "batch": batch, "put": r.Put(ctx, a, value("1")), "delete": r.Delete(ctx, a), "list": list, "check": r.Check(ctx),
		} {
			var failure *secret.Error
			if !errors.As(err, &failure) || secret.ClassOf(failure.Err) != secret.ClassUnavailable || !errors.As(err, &mistake{}) {
				t.Errorf("%s of the %s: %v", op, name, err)
			}
		}
	}
}

// faultyAnswer answers a value together with an error.
type faultyAnswer struct{ err error }

func (f faultyAnswer) Get(context.Context, secret.Ref) (secret.Value, error) {
	return value("Hunter2"), f.err
}

func (f faultyAnswer) GetAll(_ context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results := make([]provider.Result, len(refs))
	for i := range results {
		results[i] = provider.Result{Value: value("Hunter2"), Err: f.err}
	}
	return results, nil
}

func TestResolve_OfValueAndErrorTheErrorCounts(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{
		{Provider: "p", Open: opens(faultyAnswer{secret.ErrNotFound})},
		step1("next", holding(t, "a", "1", "b", "2")),
	}})
	for _, names := range [][]string{{"a"}, {"a", "b"}} {
		got, err := r.Resolve(t.Context(), refs(t, names...))
		if err != nil {
			t.Fatal(err)
		}
		if v, _ := got.Value(ref(t, "a")); !v.Equal(value("1")) {
			t.Error("the value beside an error counts")
		}
	}
}

type shortBatch struct{ single }

func (shortBatch) GetAll(context.Context, []secret.Ref) ([]provider.Result, error) {
	return []provider.Result{{Value: value("1")}}, nil
}

func TestResolve_BatchOfAnotherLengthIsADefect(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(shortBatch{})}}})
	_, err := r.Resolve(t.Context(), refs(t, "a", "b"))
	wantFailure(t, err, "p", ref(t, "a"), secret.ErrUnavailable)
}

func TestMissingError_NamesHowToStoreOne(t *testing.T) {
	for text, hint := range map[string]bool{"a": true, "op://v/i/f": false} {
		e := &MissingError{Refs: refs(t, text), Asked: [][]string{{"p", "q"}}}
		if got := strings.Contains(e.Error(), "thv secret set"); got != hint {
			t.Errorf("got %q, want advice to store it: %v", e, hint)
		}
	}
}
