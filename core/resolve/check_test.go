package resolve

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestPlaces_NamesEveryProviderOnceAndOpensNone(t *testing.T) {
	first, second, third := holding(t), holding(t), holding(t)
	rule, err := fallback.ParseRule([]string{"locked"})
	if err != nil {
		t.Fatal(err)
	}
	step := step1("first", first)
	step.On = rule
	r := newResolver(t, Config{
		Chain:   []Step{step, step1("second", second)},
		Schemes: map[string]Step{"z": step1("third", third), "b": step1("first", first), "a": step1("third", third)},
	})
	places := r.Providers()
	if len(places) != 3 {
		t.Fatalf("places are %+v", places)
	}
	for i, want := range []ProviderInfo{
		{Provider: "first", Step: 1, Schemes: []string{"b"}},
		{Provider: "second", Step: 2, Last: true},
		{Provider: "third", Schemes: []string{"a", "z"}},
	} {
		got := places[i]
		if got.Provider != want.Provider || got.Step != want.Step || got.Last != want.Last || !slices.Equal(got.Schemes, want.Schemes) {
			t.Errorf("place %d is %+v, want %+v", i, got, want)
		}
	}
	if !places[0].On.Continues(secret.ClassLocked) || places[1].On.Continues(secret.ClassLocked) {
		t.Error("the rules are not those of the steps")
	}
	if first.opens+second.opens+third.opens != 0 {
		t.Error("a provider was opened")
	}
}

func TestCheckProvider_AsksTheOneNamed(t *testing.T) {
	failing := func(err error) provider.Opener {
		return func(context.Context) (provider.Provider, error) { return nil, err }
	}
	r := newResolver(t, Config{
		Chain:   []Step{step1("well", holding(t)), {Provider: "locked", Open: failing(secret.ErrLocked)}},
		Schemes: map[string]Step{"s": {Provider: "away", Open: failing(secret.ErrUnavailable)}},
	})
	for name, want := range map[string]error{
		"well": nil, "locked": secret.ErrLocked, "away": secret.ErrUnavailable, "unknown": secret.ErrUnsupported,
	} {
		if err := r.CheckProvider(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("CheckProvider(%s): got %v, want %v", name, err, want)
		}
	}
}

func TestOpenProvider_ChecksNothing(t *testing.T) {
	f := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Fail(secret.ErrLocked) }}
	mistaken := func(context.Context) (provider.Provider, error) { return nil, secret.ErrInvalidRef }
	r := newResolver(t, Config{Chain: []Step{{Provider: "locked", Open: opens(f)}, {Provider: "mistaken", Open: mistaken}}})
	if err := r.CheckProvider(t.Context(), "locked"); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("CheckProvider: %v", err)
	}
	for name, want := range map[string]error{"locked": nil, "mistaken": secret.ErrInvalidRef, "unknown": secret.ErrUnsupported} {
		if err := r.OpenProvider(t.Context(), name); !errors.Is(err, want) {
			t.Errorf("OpenProvider(%s): got %v, want %v", name, err, want)
		}
	}
}

func TestCheckProvider_ReturnsWhenTheContextIsDone(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: func(context.Context) (provider.Provider, error) {
		<-never
		return nil, secret.ErrUnavailable
	}}}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.CheckProvider(ctx, "p"); !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v", err)
	}
}
