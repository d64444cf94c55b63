package inject

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// tries is how often the user may reply with nothing.
const tries = 3

// ask asks the user for all that is missing, and stores nothing yet, so that an interrupt
// stores no part of it. The plain values become variables of the workload; the secret ones
// are returned by the names of their variables.
func (p *Prepared) ask(ctx context.Context, missing []wanted) (map[string]secret.Value, error) {
	typed := map[string]secret.Value{}
	if len(missing) > 0 {
		p.parts.Dialog.Say("%s needs %s, which nothing supplies.", p.server, strings.Join(names(requirements(missing)), ", "))
	}
	for _, w := range missing {
		if w.Secret {
			value, err := p.askSecret(ctx, w)
			if err != nil {
				return nil, err
			}
			typed[w.Name] = value
			continue
		}
		text, err := p.askPlain(ctx, w)
		if err != nil {
			return nil, err
		}
		p.vars[w.Name] = text
		p.setPlain(map[string]string{w.Name: text})
	}
	return typed, nil
}

func (p *Prepared) askSecret(ctx context.Context, w wanted) (secret.Value, error) {
	for range tries {
		value, err := p.parts.Dialog.Hidden(ctx, described(w.Requirement)+", not shown: ")
		if err != nil || value.Len() > 0 {
			return value, err
		}
		p.parts.Dialog.Say("It must not be empty.")
	}
	return secret.Value{}, secret.Usagef("%s was left empty; --secret NAME,target=%s supplies it", w.Name, w.Name)
}

func (p *Prepared) askPlain(ctx context.Context, w wanted) (string, error) {
	for range tries {
		text, err := p.parts.Dialog.Visible(ctx, described(w.Requirement)+": ")
		if err != nil {
			return "", err
		}
		refs, err := workload.References(map[string]string{w.Name: text}, p.parts.Resolver.Schemes())
		if err != nil || len(refs) > 0 {
			return "", secret.Usagef("a reference is not resolved where %s is asked for; give it with -e", w.Name)
		}
		if text != "" {
			return text, nil
		}
		p.parts.Dialog.Say("It must not be empty.")
	}
	return "", secret.Usagef("%s was left empty; -e %s=VALUE supplies it", w.Name, w.Name)
}

// keep stores what was typed under the names that it has for this workload, and
// has the specification refer to what is stored under them. What the store cannot
// take is used for this run only, and the specification does not know of it.
func (p *Prepared) keep(ctx context.Context, typed map[string]secret.Value) error {
	for _, w := range p.wanted {
		if w.Secret && !w.stored() {
			p.parts.Dialog.Say("%s is used for this run and saved nowhere: name a secret for it in the RunConfig.", w.Name)
		}
		if !w.stored() {
			continue
		}
		if value, is := typed[w.Name]; is {
			if p.parts.KeepsNothing(w.ref) {
				p.parts.Dialog.Say("%s is used for this run and saved nowhere: the provider none keeps nothing.", w.Name)
				continue
			}
			err := p.parts.Resolver.Put(ctx, w.ref, value)
			if errors.Is(err, secret.ErrUnsupported) {
				p.parts.Dialog.Say("%s is used for this run and saved nowhere: %v", w.Name, err)
				continue
			}
			if err != nil {
				return fmt.Errorf("%s was not stored, and nothing was started: %w", w.Name, err)
			}
			p.parts.Dialog.Say("Stored %s for %s, which finds it at its next run.", w.Name, p.server)
		}
		bound := secret.Binding{Ref: w.ref, Target: secret.Target{Env: w.Name}}
		p.spec.Secrets = append(p.spec.Secrets, bound.String())
		p.subjects = append(p.subjects, Subject{Ref: w.ref, Target: w.Name})
	}
	return nil
}
