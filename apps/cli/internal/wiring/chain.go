package wiring

import (
	"context"
	"fmt"
	"strconv"

	"github.com/thv-secrets/thv/adapters/env"
	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/vault"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
)

// The names of providers, as configurations write them.
const (
	encrypted   = "encrypted"
	environment = "environment"
	none        = "none"
)

// newProviders has an opener for every provider, and the selection: the
// variable, then the configuration file, then the encrypted store.
func newProviders(v *vault.Vault, environ *app.Environ, s settings.Settings, path app.ConfigPath) (*app.Providers, error) {
	p := &app.Providers{Selected: encrypted, Origin: "default", Open: map[string]provider.Opener{
		encrypted:   func(context.Context) (provider.Provider, error) { return v.Store() },
		environment: openEnvironment(environ),
		none:        func(context.Context) (provider.Provider, error) { return provider.None{}, nil },
	}}
	if name := s.Secrets.ProviderType; name != "" {
		p.Selected, p.Origin = name, string(path)
	}
	if name := environ.Get(app.ProviderVariable); name != "" {
		p.Selected, p.Origin = name, app.ProviderVariable
	}
	return p, nil
}

func openEnvironment(environ *app.Environ) provider.Opener {
	return func(context.Context) (provider.Provider, error) {
		return env.New(env.Config{Lookup: environ.Lookup})
	}
}

// newResolver orders the chain. A provider selected by the variable wins over a
// chain in the configuration file, as every variable wins over the file.
func newResolver(p *app.Providers, environ *app.Environ, s settings.Settings, rings keyring.Config, log *logging.Log) (*resolve.Resolver, error) {
	chain, err := newChain(p, environ, s)
	if err != nil {
		return nil, err
	}
	return resolve.New(resolve.Config{
		Chain: chain,
		Schemes: map[string]resolve.Step{
			"thv": {Provider: encrypted, Open: p.Open[encrypted]},
			"env": {Provider: environment, Open: p.Open[environment]},
			"keyring": {Provider: "keyring", Open: func(context.Context) (provider.Provider, error) {
				return keyring.NewProvider(rings), nil
			}},
		},
		Logger: log.Logger,
	})
}

func newChain(p *app.Providers, environ *app.Environ, s settings.Settings) ([]resolve.Step, error) {
	if s.Secrets.Chain != nil && p.Origin != app.ProviderVariable {
		return configuredChain(p, s.Secrets.Chain)
	}
	if err := p.Known(p.Selected, p.Origin); err != nil {
		return nil, err
	}
	chain := []resolve.Step{{Provider: p.Selected, Open: p.Open[p.Selected]}}
	alone, err := fallbackDisabled(environ)
	if err != nil || alone || p.Selected == environment {
		return chain, err
	}
	return append(chain, resolve.Step{Provider: environment, Open: p.Open[environment]}), nil
}

func configuredChain(p *app.Providers, steps []settings.Step) ([]resolve.Step, error) {
	if len(steps) == 0 {
		return nil, terminal.Usagef("secrets.chain names no provider; leave the key out for the default chain")
	}
	var chain []resolve.Step
	for i, step := range steps {
		if err := p.Known(step.Provider, fmt.Sprintf("secrets.chain, step %d,", i+1)); err != nil {
			return nil, err
		}
		chain = append(chain, resolve.Step{Provider: step.Provider, Open: p.Open[step.Provider], On: step.On})
	}
	return chain, nil
}

func fallbackDisabled(environ *app.Environ) (bool, error) {
	text := environ.Get(app.NoFallbackVariable)
	if text == "" {
		return false, nil
	}
	disabled, err := strconv.ParseBool(text)
	if err != nil {
		return false, terminal.Usagef("%s is true or false", app.NoFallbackVariable)
	}
	return disabled, nil
}
