package compose

import (
	"context"

	"github.com/thv-secrets/thv/adapters/env"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/provider"
)

// environmentName is the provider that a chain falls back to by default.
const environmentName = "environment"

// environment is the environment of this process, which never changes.
func environment() wiring {
	return wiring{
		Descriptor: app.Descriptor{
			Name: environmentName, Scheme: "env", Former: []string{"env"},
			Detection: rotation.Immutable, Local: true,
		},
		open: func(o *openers, _ context.Context) (provider.Provider, error) {
			return env.New(env.Config{Lookup: o.environ.LookupSecret})
		},
	}
}

// none is the provider that has no secrets, for tests.
func none() wiring {
	return wiring{
		Descriptor: app.Descriptor{Name: app.None, Detection: rotation.Immutable, Local: true},
		open:       func(*openers, context.Context) (provider.Provider, error) { return provider.None{}, nil },
	}
}
