package compose

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/thv-secrets/thv/adapters/env"
	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// The names of providers, as configurations write them. The last two answer
// references with their scheme only, and cannot be selected.
const (
	encrypted   = app.Encrypted
	onePassword = "1password"
	environment = "environment"
	none        = app.None
	osKeyring   = "keyring"
	kubernetes  = "k8s"
)

// newProviders has an opener for every provider that a chain may name, and the
// selection: the variable, then the configuration file, then the encrypted store.
func newProviders(v *vault.Vault, o *openers, path app.ConfigPath) *app.Providers {
	p := &app.Providers{Selected: encrypted, Origin: "default", Open: map[string]provider.Opener{
		encrypted:   func(context.Context) (provider.Provider, error) { return v.Store() },
		onePassword: o.onePassword,
		environment: openEnvironment(o.environ),
		none:        func(context.Context) (provider.Provider, error) { return provider.None{}, nil },
	}}
	for name, program := range o.settings.Secrets.Providers {
		p.Open[name] = o.configured(name, program)
	}
	if name := o.settings.Secrets.ProviderType; name != "" {
		p.Selected, p.Origin = name, string(path)
	}
	for _, step := range o.settings.Secrets.Chain {
		p.Chain = append(p.Chain, step.Provider)
	}
	if len(p.Chain) > 0 {
		p.Selected, p.Origin = p.Chain[0], app.ChainKey
	}
	if name := o.environ.Get(procenv.ProviderVariable); name != "" {
		p.Selected, p.Origin, p.Chain = name, procenv.ProviderVariable, nil
	}
	return p
}

func openEnvironment(environ *procenv.Environ) provider.Opener {
	return func(context.Context) (provider.Provider, error) {
		return env.New(env.Config{Lookup: environ.LookupSecret})
	}
}

// schemes are the providers that references with a scheme go to.
type schemes map[string]resolve.Step

func newSchemes(p *app.Providers, o *openers, rings keyring.Config) schemes {
	all := schemes{
		"thv": {Provider: encrypted, Open: p.Open[encrypted]},
		"op":  {Provider: onePassword, Open: p.Open[onePassword]},
		"env": {Provider: environment, Open: p.Open[environment]},
		"keyring": {Provider: osKeyring, Open: func(context.Context) (provider.Provider, error) {
			return keyring.NewProvider(rings), nil
		}},
		"k8s": {Provider: kubernetes, Open: o.kubernetes},
	}
	for name := range o.settings.Secrets.Providers {
		all[name] = resolve.Step{Provider: name, Open: p.Open[name]}
	}
	return all
}

func newResolver(c chain, s schemes, streams *terminal.Streams, log *logging.Log) (*resolve.Resolver, error) {
	config := resolve.Config{Chain: c, Schemes: s, Logger: log.Logger}
	if streams.Interactive() {
		config.Timeout = interactiveWait
	}
	return resolve.New(config)
}

// interactiveWait bounds a resolution in which a person may have to type or look
// up a password.
const interactiveWait = 10 * time.Minute

// chain is what bare names are looked up along.
type chain []resolve.Step

// newChain orders the chain. A provider selected by the variable wins over a
// chain in the configuration file, as every variable wins over the file. Where
// the configuration is mistaken, the chain answers that to whoever asks it, and
// the commands that mend it still work.
func newChain(p *app.Providers, environ *procenv.Environ, s settings.Settings) chain {
	ordered, err := order(p, environ, s)
	if err != nil {
		p.Mistake = err
		mistake := func(context.Context) (provider.Provider, error) { return nil, &terminal.ConfigError{Err: err} }
		return chain{{Provider: p.Selected, Open: mistake}}
	}
	return ordered
}

func order(p *app.Providers, environ *procenv.Environ, s settings.Settings) (chain, error) {
	if s.Secrets.Chain != nil && p.Origin != procenv.ProviderVariable {
		return configured(p, s.Secrets.Chain)
	}
	if err := p.Known(p.Selected, p.Origin); err != nil {
		return nil, err
	}
	ordered := chain{{Provider: p.Selected, Open: p.Open[p.Selected]}}
	alone, err := fallbackDisabled(environ)
	if err != nil {
		return nil, err
	}
	if alone || p.Selected == environment {
		return ordered, nil
	}
	return append(ordered, resolve.Step{Provider: environment, Open: p.Open[environment]}), nil
}

func configured(p *app.Providers, steps []settings.Step) (chain, error) {
	if len(steps) == 0 {
		return nil, secret.Usagef("secrets.chain names no provider; leave the key out for the default chain")
	}
	var ordered chain
	seen := map[string]bool{}
	for i, step := range steps {
		if seen[step.Provider] {
			return nil, secret.Usagef("secrets.chain, step %d, names %s a second time", i+1, step.Provider)
		}
		seen[step.Provider] = true
		if err := p.Known(step.Provider, fmt.Sprintf("secrets.chain, step %d,", i+1)); err != nil {
			return nil, err
		}
		ordered = append(ordered, resolve.Step{Provider: step.Provider, Open: p.Open[step.Provider], On: step.On})
	}
	return ordered, nil
}

func fallbackDisabled(environ *procenv.Environ) (bool, error) {
	text := environ.Get(procenv.NoFallbackVariable)
	if text == "" {
		return false, nil
	}
	disabled, err := strconv.ParseBool(text)
	if err != nil {
		return false, secret.Usagef("%s is true or false", procenv.NoFallbackVariable)
	}
	return disabled, nil
}
