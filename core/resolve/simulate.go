package resolve

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Simulating returns a Resolver in which every call to a provider that outage names
// fails with the given class, without the provider being asked. The other providers are
// shared with r. An unknown provider or class of failure is [secret.ErrInvalidRef], with
// a text that lists the valid ones.
func (r *Resolver) Simulating(outage map[string]secret.Class) (*Resolver, error) {
	sources := r.sources()
	for _, name := range slices.Sorted(maps.Keys(outage)) {
		if sources[name] == nil {
			return nil, fmt.Errorf("%w: no provider %q is ever asked; valid are %s", secret.ErrInvalidRef, name, strings.Join(r.Names(), ", "))
		}
		open, err := failing(outage[name])
		if err != nil {
			return nil, err
		}
		sources[name] = newSource(Step{Provider: name, Open: open}, r.concurrency)
		sources[name].simulated = true
	}
	simulating := *r
	simulating.chain, simulating.schemes = nil, make(map[string]step, len(r.schemes))
	for _, s := range r.chain {
		simulating.chain = append(simulating.chain, step{sources[s.name], s.on})
	}
	for scheme, s := range r.schemes {
		simulating.schemes[scheme] = step{source: sources[s.name]}
	}
	return &simulating, nil
}

// failing returns an opener that fails with class.
func failing(class secret.Class) (provider.Opener, error) {
	known := func(row fallback.Row) bool { return row.Class == class }
	if !slices.ContainsFunc(fallback.Table(), known) {
		return nil, fmt.Errorf("%w: %q is no class of failure; valid are %s", secret.ErrInvalidRef, class, failureNames())
	}
	err := class.Sentinel()
	if err == nil {
		err = errUnclassified
	}
	return func(context.Context) (provider.Provider, error) {
		return nil, fmt.Errorf("%w (simulated)", err)
	}, nil
}

var errUnclassified = errors.New("a failure without a class")

func failureNames() string {
	var names []string
	for _, row := range fallback.Table() {
		names = append(names, string(row.Class))
	}
	return strings.Join(names, ", ")
}
