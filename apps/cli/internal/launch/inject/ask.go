package inject

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// maxAttempts is the maximum number of empty replies.
const maxAttempts = 3

// ask asks the user for all that is missing, and stores nothing yet, so that an interrupt
// stores no part of it. The plain values become variables of the workload; the secret ones
// are returned by the names of their variables.
func (p *Prepared) ask(ctx context.Context, missing []unmet) (map[string]secret.Value, error) {
	typed := map[string]secret.Value{}
	if len(missing) > 0 {
		p.parts.Dialog.Say("%s needs %s, which nothing supplies.", p.server, strings.Join(variableNames(requirements(missing)), ", "))
	}
	for _, u := range missing {
		if u.Secret {
			value, err := p.askSecret(ctx, u)
			if err != nil {
				return nil, err
			}
			typed[u.Name] = value
			continue
		}
		text, err := p.askPlain(ctx, u)
		if err != nil {
			return nil, err
		}
		p.vars[u.Name] = text
		p.setPlain(map[string]string{u.Name: text})
	}
	return typed, nil
}

func (p *Prepared) askSecret(ctx context.Context, u unmet) (secret.Value, error) {
	for range maxAttempts {
		value, err := p.parts.Dialog.Hidden(ctx, description(u.Requirement)+", not shown: ")
		if err != nil || value.Len() > 0 {
			return value, err
		}
		p.parts.Dialog.Say("It must not be empty.")
	}
	return secret.Value{}, secret.Usagef("%s was left empty; --secret NAME,target=%s supplies it", u.Name, u.Name)
}

func (p *Prepared) askPlain(ctx context.Context, u unmet) (string, error) {
	for range maxAttempts {
		text, err := p.parts.Dialog.Visible(ctx, description(u.Requirement)+": ")
		if err != nil {
			return "", err
		}
		refs, err := workload.References(map[string]string{u.Name: text}, p.parts.Resolver.Schemes())
		if err != nil || len(refs) > 0 {
			return "", secret.Usagef("a reference is not resolved where %s is asked for; give it with -e", u.Name)
		}
		if text != "" {
			return text, nil
		}
		p.parts.Dialog.Say("It must not be empty.")
	}
	return "", secret.Usagef("%s was left empty; -e %s=VALUE supplies it", u.Name, u.Name)
}

// storeTyped stores the entered values under their names for this workload, and adds references
// to them to the specification. A value that cannot be stored is used for this run only, and
// not added.
func (p *Prepared) storeTyped(ctx context.Context, typed map[string]secret.Value) error {
	for _, u := range p.unmet {
		if u.Secret && !u.isStored() {
			p.parts.Dialog.Say("%s is used for this run and saved nowhere: name a secret for it in the RunConfig.", u.Name)
		}
		if !u.isStored() {
			continue
		}
		if value, is := typed[u.Name]; is {
			if p.parts.KeepsNothing(u.ref) {
				p.parts.Dialog.Say("%s is used for this run and saved nowhere: the provider none keeps nothing.", u.Name)
				continue
			}
			err := p.parts.Resolver.Put(ctx, u.ref, value)
			if errors.Is(err, secret.ErrUnsupported) {
				p.parts.Dialog.Say("%s is used for this run and saved nowhere: %v", u.Name, err)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s was not stored, and nothing was started: %w", u.Name, err)
			}
			p.parts.Dialog.Say("Stored %s for %s, which finds it at its next run.", u.Name, p.server)
		}
		bound := secret.Binding{Ref: u.ref, Target: secret.Target{Env: u.Name}}
		p.spec.Secrets = append(p.spec.Secrets, bound.String())
		p.secrets = append(p.secrets, BoundSecret{Ref: u.ref, Target: u.Name})
	}
	return nil
}
