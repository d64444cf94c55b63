package inject

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Consent returns nil if a workload may have items.
type Consent func(ctx context.Context, items []access.Item) error

// CommandLineConsent is the Consent of a workload that only the command line describes: by
// writing it the user has said what the workload gets.
func CommandLineConsent(context.Context, []access.Item) error { return nil }

// Resolve asks for consent to everything that [Prepare] found, then resolves all secrets
// together, and returns the environment. If required values of a registry's entry are missing,
// it prompts for all of them and stores secret ones for this workload; if prompting is not
// possible, it returns an [*UnmetError], which is a usage error. Afterwards the values are
// masked in the log, and the providers are closed.
func (p *Prepared) Resolve(ctx context.Context, consent Consent) (workload.Environment, error) {
	defer p.parts.Close()
	if err := consent(ctx, p.Items()); err != nil {
		return workload.Environment{}, err
	}
	secrets := p.allSecrets()
	found, missing, err := p.lookUp(ctx, secrets)
	if err != nil {
		return workload.Environment{}, err
	}
	p.resolution = found
	typed, err := p.ask(ctx, missing)
	if err != nil {
		return workload.Environment{}, err
	}
	environment := workload.NewEnvironment(p.vars)
	for _, name := range p.plainSecrets {
		if err := environment.SetSecret(name, secret.NewValue([]byte(p.vars[name]))); err != nil {
			return workload.Environment{}, err
		}
	}
	for _, s := range secrets {
		value, is := found.Value(s.Ref)
		if !is {
			value = typed[s.Target]
		}
		if err := s.into(&environment, value); err != nil {
			return workload.Environment{}, fmt.Errorf("secret %q: %w", s.Ref, err)
		}
	}
	if err := p.setUnstored(&environment, typed); err != nil {
		return workload.Environment{}, err
	}
	p.parts.KeepOutOfLogs(environment.Secrets())
	if err := p.storeTyped(ctx, typed); err != nil {
		return workload.Environment{}, err
	}
	return environment, nil
}

// setUnstored sets the values that were entered for this run only.
func (p *Prepared) setUnstored(environment *workload.Environment, typed map[string]secret.Value) error {
	for _, u := range p.unmet {
		value, is := typed[u.Name]
		if !is || u.isStored() {
			continue
		}
		if err := environment.SetSecret(u.Name, value); err != nil {
			return fmt.Errorf("%s: %w", u.Name, err)
		}
	}
	return nil
}

// lookUp resolves secrets, and returns the unmet variables for which the user can be asked.
// If there may be some, a secret that is absent does not keep the others from being resolved.
func (p *Prepared) lookUp(ctx context.Context, secrets []BoundSecret) (*resolve.Resolution, []unmet, error) {
	resolver := p.parts.Resolver.Resolve
	if len(p.unmet) > 0 {
		resolver = p.parts.Resolver.Explain
	}
	resolution, err := resolver(ctx, refsOf(secrets))
	missing, err := p.missing(err)
	return resolution, missing, err
}
