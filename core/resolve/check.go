package resolve

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Place is where a provider stands among those that a Resolver asks.
type Place struct {
	// Provider is its configured name.
	Provider string
	// Step is its number in the chain, from 1; it is 0 for a provider that
	// answers references with a scheme only.
	Step int
	// Last is whether no step of the chain follows.
	Last bool
	// On says which failures go on to the next step. It does not count where
	// Step is 0.
	On fallback.Rule
	// Schemes are those whose references it answers, sorted.
	Schemes []string
}

// Places returns every provider once: the chain's in their order, then those
// that only a scheme leads to, sorted by name. It opens none. The caller owns the
// slice.
func (r *Resolver) Places() []Place {
	schemes := map[string][]string{}
	for _, scheme := range r.Schemes() {
		name := r.schemes[scheme].name
		schemes[name] = append(schemes[name], scheme)
	}
	var places []Place
	for i, s := range r.chain {
		places = append(places, Place{
			Provider: s.name, Step: i + 1, Last: i+1 == len(r.chain), On: s.on, Schemes: schemes[s.name],
		})
		delete(schemes, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		places = append(places, Place{Provider: name, Schemes: schemes[name]})
	}
	return places
}

// CheckProvider reports whether a provider of Places is ready; one that cannot
// tell is taken to be. Another name is secret.ErrUnsupported. It has no time limit
// of its own, and returns at the latest when ctx is done.
func (r *Resolver) CheckProvider(ctx context.Context, name string) error {
	s, err := r.named(name)
	if err != nil {
		return err
	}
	return r.check(ctx, s)
}

// OpenProvider is CheckProvider without the check: it reports whether the provider
// can be opened.
func (r *Resolver) OpenProvider(ctx context.Context, name string) error {
	s, err := r.named(name)
	if err != nil {
		return err
	}
	return r.probe(ctx, s, func(provider.Provider) error { return nil })
}

func (r *Resolver) named(name string) (step, error) {
	for _, s := range r.chain {
		if s.name == name {
			return s, nil
		}
	}
	for _, s := range r.schemes {
		if s.name == name {
			return s, nil
		}
	}
	return step{}, fmt.Errorf("%w: there is no provider %s here", secret.ErrUnsupported, name)
}

func (r *Resolver) check(ctx context.Context, s step) error {
	return r.probe(ctx, s, func(p provider.Provider) error {
		if checker, ok := p.(provider.Checker); ok {
			return checker.Check(ctx)
		}
		return nil
	})
}

func (r *Resolver) probe(ctx context.Context, s step, call func(provider.Provider) error) error {
	_, err := bounded(ctx, func() (struct{}, error) {
		return struct{}{}, r.at(ctx, s, "check", secret.Ref{}, call)
	})
	return err
}
