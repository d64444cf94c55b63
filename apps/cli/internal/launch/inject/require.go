package inject

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// maxDescription is the maximum length of a shown description of a variable, in bytes.
const maxDescription = 512

// Entry has the requirements of a registry's entry, or of a RunConfig that was made from one.
// The zero Entry has none.
type Entry struct {
	// Server is the entry's name; empty for a RunConfig.
	Server string
	// Image is the image of a RunConfig, as shown to the user.
	Image string
	// Scope is the scope of the secrets that are stored for the workload, as for
	// secret.SystemRef. It must be unique to the workload. It is empty for a RunConfig, which
	// could otherwise choose the secrets of another workload: none is looked up or stored
	// for it.
	Scope        string
	Requirements []workload.Requirement
}

// name is the server or the image that requires something.
func (e Entry) name() string {
	if e.Server == "" {
		return "image " + e.Image
	}
	return e.Server
}

// source returns a name of the registry's entry or the RunConfig, for messages.
func (e Entry) source() string {
	if e.Server == "" {
		return "the RunConfig"
	}
	return "the registry's entry " + e.Server
}

// unmet is a required variable that nothing in the specification supplies.
type unmet struct {
	workload.Requirement
	// ref is the reference under which a secret of this workload is stored; zero for a plain
	// variable, and for a secret that is not stored.
	ref secret.Ref
}

// applyRequirements adds the entry's defaults to sources and to the
// specification, and finds out which of its requirements are unmet.
func (p *Prepared) applyRequirements(options PrepareOptions, sources *workload.Sources, bound []secret.Binding) error {
	for _, r := range options.Entry.Requirements {
		if slices.Contains(p.parts.Environ.Unlocking(), strings.ToUpper(r.Name)) {
			return secret.Usagef("%s asks for %s, which unlocks a provider and is given to no workload", options.Entry.source(), r.Name)
		}
	}
	given := sources.Merge()
	for _, name := range p.parts.Environ.Unlocking() {
		delete(given, name) // which is not handed on
	}
	for _, b := range bound {
		given[b.Target.Env] = "" // of no name for a file, which no variable has
	}
	needs := workload.CheckRequirements(options.Entry.Requirements, func(name string) bool { _, is := given[name]; return is })
	for name := range p.spec.EnvVars {
		delete(needs.Defaults, name) // which -e wins over
	}
	refs, err := workload.References(needs.Defaults, p.parts.Resolver.Schemes())
	if err != nil || len(refs) > 0 {
		// The author of a registry could otherwise choose which secret a workload gets.
		return secret.Usagef("%s has a reference to a secret as a default, which is not resolved; set the variable with -e NAME=VALUE", options.Entry.source())
	}
	sources.Defaults = needs.Defaults
	p.setPlain(needs.Defaults)
	p.unmet = make([]unmet, len(needs.Missing))
	for i, r := range needs.Missing {
		if p.unmet[i], err = options.unmetOf(r); err != nil {
			return err
		}
	}
	return nil
}

// setPlain adds vars to the specification, as -e does, so that the saved RunConfig has them.
func (p *Prepared) setPlain(vars map[string]string) {
	all := maps.Clone(vars)
	maps.Copy(all, p.spec.EnvVars)
	if len(all) > 0 {
		p.spec.EnvVars = all
	}
}

func (o PrepareOptions) unmetOf(r workload.Requirement) (unmet, error) {
	if !r.Secret {
		return unmet{Requirement: r}, nil
	}
	if secret.ReservedTarget(r.Name) && !o.Reserved {
		return unmet{}, secret.Usagef("%s asks for a secret in %s, which decides how programs start; --allow-reserved-target insists", o.Entry.source(), r.Name)
	}
	if o.Entry.Scope == "" {
		return unmet{Requirement: r}, nil
	}
	ref, err := secret.SystemRef(o.Entry.Scope, r.Name)
	if err != nil {
		return unmet{}, fmt.Errorf("the name under which %s is stored: %w; choose a shorter --name", r.Name, err)
	}
	return unmet{Requirement: r, ref: ref}, nil
}

func (u unmet) isStored() bool { return u.ref != secret.Ref{} }

// storedSecrets returns the unmet secrets under the names that they have for this workload.
func (p *Prepared) storedSecrets() []BoundSecret {
	var secrets []BoundSecret
	for _, u := range p.unmet {
		if u.isStored() {
			secrets = append(secrets, BoundSecret{Ref: u.ref, Target: u.Name})
		}
	}
	return secrets
}

// missing returns the unmet variables for which the user can be asked, given the failure
// of the resolution. The error is what remains of the failure; if there is no user to ask
// it has the unmet variables too.
func (p *Prepared) missing(failure error) ([]unmet, error) {
	var absent *resolve.MissingError
	if failure != nil && !errors.As(failure, &absent) {
		return nil, failure
	}
	others := &resolve.MissingError{}
	gone := map[secret.Ref]bool{}
	if absent != nil {
		for i, ref := range absent.Refs {
			gone[ref] = true
			if !slices.ContainsFunc(p.unmet, func(u unmet) bool { return u.ref == ref }) {
				others.Refs, others.Asked = append(others.Refs, ref), append(others.Asked, absent.Asked[i])
			}
		}
	}
	missing := slices.DeleteFunc(slices.Clone(p.unmet), func(u unmet) bool { return u.isStored() && !gone[u.ref] })
	var errs []error
	if len(missing) > 0 && (p.detached || !p.parts.Dialog.Attended()) {
		errs = append(errs, &secret.UsageError{Err: &UnmetError{Server: p.server, Config: p.config, Requirements: requirements(missing)}})
	}
	if len(others.Refs) > 0 {
		errs = append(errs, others)
	}
	return missing, errors.Join(errs...)
}

// variablesToAsk returns the names of the variables that a run would ask the user for.
func (p *Prepared) variablesToAsk(failure error) ([]string, error) {
	missing, err := p.missing(failure)
	if err != nil {
		return nil, err
	}
	return variableNames(requirements(missing)), nil
}

func requirements(all []unmet) []workload.Requirement {
	var requirements []workload.Requirement
	for _, u := range all {
		requirements = append(requirements, u.Requirement)
	}
	return requirements
}

// UnmetError has the missing required variables of a registry's entry or a RunConfig, if
// prompting is not possible.
type UnmetError struct {
	// Server is the entry's name, or "image" and a RunConfig's.
	Server string
	// Config is true if a RunConfig has the requirements.
	Config       bool
	Requirements []workload.Requirement
}

// Error lists all of it, each with what supplies it: an option, or a RunConfig's field.
func (e *UnmetError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s needs what nothing supplies, and there is no user to ask here (at a terminal, without -d, --no-input and CI, thv run asks):", e.Server)
	for _, r := range e.Requirements {
		fmt.Fprintf(&b, "\n  %s", description(r))
		switch {
		case r.Secret && e.Config:
			fmt.Fprintf(&b, ": \"NAME,target=%s\" in secrets", r.Name)
		case e.Config:
			fmt.Fprintf(&b, ": %s in env_vars", r.Name)
		case r.Secret:
			fmt.Fprintf(&b, ": --secret NAME,target=%s", r.Name)
		default:
			fmt.Fprintf(&b, ": -e %s=VALUE", r.Name)
		}
	}
	return b.String()
}

// Missing are the variables' names.
func (e *UnmetError) Missing() []string { return variableNames(e.Requirements) }

func variableNames(requirements []workload.Requirement) []string {
	var all []string
	for _, r := range requirements {
		all = append(all, r.Name)
	}
	return all
}

// description returns a variable with its description, on one line and without control
// characters.
func description(r workload.Requirement) string {
	text := r.Name
	if r.Secret {
		text += " (secret)"
	}
	if description := printable.Line(r.Description, maxDescription); description != "" {
		text += ", " + description
	}
	return text
}
