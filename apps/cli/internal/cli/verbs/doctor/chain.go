package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// providerWait bounds the check of one provider.
const providerWait = 10 * time.Second

// chain checks every provider that may be asked, side by side.
func (e *examination) chain(ctx context.Context) []finding {
	places := e.app.Resolver.Providers()
	findings := make([]finding, len(places))
	var all sync.WaitGroup
	for i, p := range places {
		all.Go(func() { findings[i] = e.provider(ctx, p) })
	}
	all.Wait()
	return findings
}

func (e *examination) provider(ctx context.Context, p resolve.ProviderInfo) finding {
	known := e.app.Providers.Describe(p.Provider)
	switch {
	case e.configErr != nil && p.Step > 0:
		return finding{Subject: p.Provider, Status: skipped, Detail: "the chain is not known before the configuration file is mended"}
	case e.offline && !known.Local && (p.Step == 0 || e.chainErr == nil):
		return finding{Subject: p.Provider, Status: skipped, Detail: "it may need the network; " + serves(p)}
	}
	err := e.ready(ctx, p)
	var usage *secret.UsageError
	switch {
	case err == nil:
		return finding{Subject: p.Provider, Status: ok, Detail: serves(p)}
	case p.Step == 0 && notSetUp(known, secret.ClassOf(err)):
		detail, _ := told(err)
		return finding{Subject: p.Provider, Status: skipped, Detail: "not set up here, and the chain does not need it: " + detail}
	case errors.As(err, &usage):
		return failed(p.Provider, failure, usage, e.mistakeFix(usage))
	}
	return e.failedProvider(p, known, err)
}

// failedProvider is the finding of a provider's error. Only thv's own errors name a
// command: the text of a program or a service must not advise to run something.
func (e *examination) failedProvider(p resolve.ProviderInfo, known app.Descriptor, err error) finding {
	class := secret.ClassOf(err)
	var missing *app.MissingError
	var own interface{ Fix() string }
	switch {
	case errors.As(err, &missing):
		return failed(p.Provider, weight(p, class), err, "make install")
	case known.Local:
		return failed(p.Provider, weight(p, class), err, e.fix(known, class))
	}
	fix := e.fix(known, class)
	if errors.As(err, &own) {
		fix = own.Fix()
	}
	return finding{Subject: p.Provider, Status: weight(p, class), Detail: said(err), Fix: fix}
}

// notSetUp reports whether a failure is that of a provider that is not set up: this
// machine has none, or it has no token.
func notSetUp(known app.Descriptor, class secret.Class) bool {
	return class == secret.ClassUnsupported || slices.Contains(known.Unprepared, class)
}

// ready checks one provider. Whether the encrypted store opens is known from the diagnosis
// of its password sources, which does not prompt.
func (e *examination) ready(ctx context.Context, p resolve.ProviderInfo) error {
	timed, cancel := context.WithTimeout(ctx, providerWait)
	defer cancel()
	ask := e.app.Resolver.CheckProvider
	if p.Provider == app.Encrypted {
		ask = e.app.Resolver.OpenProvider
	}
	err := ask(timed, p.Provider)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%w: it did not answer within %v", secret.ErrUnavailable, providerWait)
	case err == nil && p.Provider == app.Encrypted:
		return e.storeReady()
	}
	return err
}

func (e *examination) storeReady() error {
	diagnosis, err := e.diagnose()
	if err != nil || !diagnosis.Exists {
		return err
	}
	if _, opens := diagnosis.Outcome(); opens {
		return nil
	}
	return unopened(diagnosis)
}

// position returns the position of a provider; for one that no step and no scheme leads
// to, one with its name only.
func (e *examination) position(provider string) resolve.ProviderInfo {
	for _, p := range e.app.Resolver.Providers() {
		if p.Provider == provider {
			return p
		}
	}
	return resolve.ProviderInfo{Provider: provider}
}

// weight is how much it matters that a provider fails: little if only a scheme leads to
// it, or if the chain continues past it.
func weight(p resolve.ProviderInfo, class secret.Class) status {
	if p.Step == 0 || !p.Last && p.On.Continues(class) {
		return warning
	}
	return failure
}

// serves says what is looked up at a provider.
func serves(p resolve.ProviderInfo) string {
	var parts []string
	if p.Step > 0 {
		parts = append(parts, fmt.Sprintf("step %d of the chain", p.Step))
	}
	for _, scheme := range p.Schemes {
		parts = append(parts, scheme+"://")
	}
	return strings.Join(parts, ", ")
}

// mistakeFix fixes a mistake in the configuration file or a variable, which its text
// names.
func (e *examination) mistakeFix(mistake error) string {
	text := mistake.Error()
	for _, variable := range []string{procenv.ProviderVariable, procenv.NoFallbackVariable} {
		if strings.HasPrefix(text, variable) {
			return unset(variable)
		}
	}
	if strings.HasPrefix(text, "secrets.") {
		return edit(string(e.app.ConfigPath))
	}
	return "thv secret provider " + app.Encrypted
}

// fix is the command for a failure whose error names none.
func (e *examination) fix(known app.Descriptor, class secret.Class) string {
	if known.Name == app.Encrypted && (class == secret.ClassLocked || class == secret.ClassUnavailable) {
		diagnosis, _ := e.diagnose()
		return remedy(diagnosis)
	}
	return known.Advice[class]
}
