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

// ProviderInfo is one provider of a Resolver: its place in the chain and its schemes.
type ProviderInfo struct {
	// Provider is its configured name.
	Provider string
	// Step is its number in the chain, from 1; it is 0 for a provider that is asked
	// only for references with a scheme.
	Step int
	// Last is whether it is the last step of the chain.
	Last bool
	// On says after which failures the next step is asked. It is ignored if Step is 0.
	On fallback.Rule
	// Schemes are the schemes that it resolves, sorted.
	Schemes []string
}

// Providers returns every provider once: those of the chain in order, then those that
// only a scheme names, sorted by name. It opens none of them. The caller owns the
// slice.
func (r *Resolver) Providers() []ProviderInfo {
	schemes := map[string][]string{}
	for _, scheme := range r.Schemes() {
		name := r.schemes[scheme].name
		schemes[name] = append(schemes[name], scheme)
	}
	var infos []ProviderInfo
	for i, s := range r.chain {
		infos = append(infos, ProviderInfo{
			Provider: s.name, Step: i + 1, Last: i+1 == len(r.chain), On: s.on, Schemes: schemes[s.name],
		})
		delete(schemes, s.name)
	}
	for _, name := range slices.Sorted(maps.Keys(schemes)) {
		infos = append(infos, ProviderInfo{Provider: name, Schemes: schemes[name]})
	}
	return infos
}

// CheckProvider returns nil if the provider name is ready; one that is not a
// [provider.Checker] counts as ready once it is open. A name that is not among
// [Resolver.Providers] is [secret.ErrUnsupported]. CheckProvider has no time limit of its
// own, and returns at the latest when ctx is done.
func (r *Resolver) CheckProvider(ctx context.Context, name string) error {
	s, err := r.named(name)
	if err != nil {
		return err
	}
	return r.check(ctx, s)
}

// OpenProvider is [Resolver.CheckProvider] without the check: it returns nil if the
// provider can be opened.
func (r *Resolver) OpenProvider(ctx context.Context, name string) error {
	s, err := r.named(name)
	if err != nil {
		return err
	}
	return r.probe(ctx, s, call{op: "check", logged: "open"}, func(provider.Provider) error { return nil })
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
	return r.probe(ctx, s, call{op: "check"}, func(p provider.Provider) error {
		if checker, ok := p.(provider.Checker); ok {
			return checker.Check(ctx)
		}
		return nil
	})
}

func (r *Resolver) probe(ctx context.Context, s step, c call, work func(provider.Provider) error) error {
	_, err := bounded(ctx, func() (struct{}, error) {
		return struct{}{}, r.at(ctx, s, c, secret.Ref{}, work)
	})
	return err
}
