package compose

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// newProviders has every provider, and the selection: the variable, then the
// configuration file, then the encrypted store.
func newProviders(own wirings, o *openers, path app.ConfigPath) *app.Providers {
	p := &app.Providers{Selected: app.Encrypted, Origin: "default", Descriptors: o.descriptors(own), Reserved: own.reserved()}
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

// schemes are the providers that references with a scheme go to.
type schemes map[string]resolve.Step

func newSchemes(p *app.Providers) schemes {
	all := schemes{}
	for _, d := range p.Descriptors {
		if d.Scheme != "" {
			all[d.Scheme] = resolve.Step{Provider: d.Name, Open: d.Open}
		}
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

// interactiveWait bounds a resolution in which the user may have to type or look up a
// password.
const interactiveWait = 10 * time.Minute

// chain has the providers in which bare names are looked up, in order.
type chain []resolve.Step

// newChain orders the chain. A provider selected by the variable wins over a chain in
// the configuration file, as every variable wins over the file. If the configuration
// has a mistake, the chain returns it as an error when it is used, so that the commands
// that fix it still work.
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
	ordered := chain{{Provider: p.Selected, Open: p.Describe(p.Selected).Open}}
	alone, err := fallbackDisabled(environ)
	if err != nil {
		return nil, err
	}
	if alone || p.Selected == environmentName {
		return ordered, nil
	}
	return append(ordered, resolve.Step{Provider: environmentName, Open: p.Describe(environmentName).Open}), nil
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
		ordered = append(ordered, resolve.Step{Provider: step.Provider, Open: p.Describe(step.Provider).Open, On: step.On})
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
