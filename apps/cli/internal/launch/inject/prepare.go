package inject

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/envfile"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// PrepareOptions are the permissions and restrictions of a workload.
type PrepareOptions struct {
	// Reserved allows a secret's target to be PATH and the like.
	Reserved bool
	// System allows references to system secrets. It is only for RunConfigs that were saved
	// here, never for input from a user or another program.
	System bool
	// Detached forbids what a detached workload cannot have: a prompt for missing values, and
	// a secret that is only on this command line.
	Detached bool
	// Container allows what only a container can have: files as targets of secrets, and
	// variables whose names are not valid in a shell.
	Container bool
	// Once allows an env file that can be read only once. It is for a run from the command
	// line that is not started again from its saved RunConfig.
	Once bool
	// Entry is the registry's, whose requirements the workload has.
	Entry Entry
}

// Prepared is a workload's environment with references still unresolved.
type Prepared struct {
	parts    Parts
	spec     *workload.Spec
	server   string
	config   bool // whether it is a RunConfig that requires something
	detached bool
	vars     map[string]string
	secrets  []BoundSecret
	// unmet are the required variables that spec does not supply.
	unmet []unmet
	// plainSecrets are variables that an entry calls secret and that were given as
	// plain values: they are masked, and not saved.
	plainSecrets []string
	// resolution is the resolution of the secrets; nil before Resolve.
	resolution *resolve.Resolution
	// inherited are the variables whose values are the caller's own.
	inherited []string
	// once are the paths of env files that cannot be read again, and expanded the
	// caller's variables that env files refer to.
	once, expanded []string
	// leads and linked are those of access.Request.
	leads  map[string]string
	linked []string
}

// Prepare reads the files and variables of spec and checks its references. It removes variables
// that unlock a provider, also from spec, and reports that to the user. It adds the defaults of
// a registry's entry, also to spec; Resolve adds values that are found or prompted for only
// then. Prepare does not ask any provider.
func Prepare(a Parts, spec *workload.Spec, options PrepareOptions) (*Prepared, error) {
	bound, err := options.Bindings(spec.Secrets)
	if err != nil {
		return nil, err
	}
	p := &Prepared{parts: a, spec: spec, server: options.Entry.name(), config: options.Entry.Server == "", detached: options.Detached}
	sources, err := p.plain(options)
	if err != nil {
		return nil, &secret.UsageError{Err: err}
	}
	if err := p.applyRequirements(options, &sources, bound); err != nil {
		return nil, err
	}
	p.vars = sources.Merge()
	p.inherited = slices.DeleteFunc(slices.Clone(spec.EnvInherit), func(name string) bool {
		_, set := a.Environ.Lookup(name)
		return !set
	})
	withhold(a, spec, p.vars)
	refs, err := workload.References(p.vars, a.Resolver.Schemes())
	if err != nil {
		return nil, err
	}
	p.unsavePlainSecrets(options.Entry.Requirements, refs)
	if p.detached && len(p.plainSecrets) > 0 {
		name := p.plainSecrets[0]
		return nil, secret.Usagef("%s is secret, and a detached workload finds it again only if it is stored: thv secret set NAME, then --secret NAME,target=%s in place of the plain value", name, name)
	}
	p.secrets = merge(bound, refs)
	return p, nil
}

// Secrets returns the secrets in the order of resolution: parameters, then the variables whose
// values are references, by name. A parameter overrides a variable of the same name. After
// Resolve they include the secrets that are stored for a registry's entry.
func (p *Prepared) Secrets() []BoundSecret { return p.secrets }

// Resolution returns the resolution of the secrets; nil before Resolve. It does not have
// what the user typed.
func (p *Prepared) Resolution() *resolve.Resolution { return p.resolution }

// allSecrets returns the secrets of the workload, those that an entry requires last.
func (p *Prepared) allSecrets() []BoundSecret { return slices.Concat(p.secrets, p.storedSecrets()) }

// Items returns everything that the workload gets, for consent. Before Resolve they include the
// secrets that may be stored for a registry's entry, and afterwards those that are.
func (p *Prepared) Items() []access.Item {
	secrets := p.secrets
	if p.resolution == nil {
		secrets = p.allSecrets()
	}
	request := access.Request{Spec: *p.spec, Variables: maps.Clone(p.vars), Expanded: p.expanded, Leads: p.leads, Linked: p.linked}
	for _, s := range secrets {
		request.Secrets = append(request.Secrets, access.Binding{Ref: s.Ref.String(), Target: s.Target})
	}
	for _, name := range slices.Concat(p.inherited, p.plainSecrets) {
		delete(request.Variables, name)
	}
	return request.Items()
}

// unsavePlainSecrets removes plain values of variables that the entry marks as secret from the
// specification, which is saved.
func (p *Prepared) unsavePlainSecrets(requirements []workload.Requirement, refs map[string]secret.Ref) {
	for _, r := range requirements {
		_, given := p.vars[r.Name]
		if _, isRef := refs[r.Name]; !r.Secret || !given || isRef || p.vars[r.Name] == r.Default || slices.Contains(p.plainSecrets, r.Name) {
			continue
		}
		p.plainSecrets = append(p.plainSecrets, r.Name)
		if _, saved := p.spec.EnvVars[r.Name]; saved {
			delete(p.spec.EnvVars, r.Name) // which withhold has cloned
			if p.detached {
				continue
			}
			p.parts.Dialog.Say("%s is secret: its plain value is used for this run and not saved. Store it (thv secret set NAME) and give --secret NAME,target=%s.", r.Name, r.Name)
		}
	}
}

// plain are the sources of the plain variables, without the registry's. An env file that
// cannot be read again is taken out of the specification, which is saved.
func (p *Prepared) plain(options PrepareOptions) (workload.Sources, error) {
	for _, path := range append(slices.Clone(p.spec.EnvFiles), p.spec.EnvFileDir) {
		warnOfOtherWriters(p.parts, path)
	}
	if err := checkOnce(options, p.spec.EnvFiles); err != nil {
		return workload.Sources{}, err
	}
	vars, err := envfile.Reader{Once: options.Once, Shell: !options.Container, Environ: p.parts.Environ}.Read(*p.spec)
	p.once, p.expanded = vars.Once, vars.Expanded
	p.linked = vars.Linked
	p.leads = volumeLeads(*p.spec)
	maps.Copy(p.leads, vars.Leads)
	p.spec.EnvFiles = slices.DeleteFunc(slices.Clone(p.spec.EnvFiles), func(path string) bool { return slices.Contains(p.once, path) })
	sources := workload.Sources{Files: vars.Files, Dir: vars.Dir, Flags: map[string]string{}}
	maps.Copy(sources.Flags, p.spec.EnvVars)
	for _, name := range p.spec.EnvInherit {
		if value, set := p.parts.Environ.Lookup(name); set {
			sources.Flags[name] = value
		}
	}
	if p.spec.Transport != "" {
		sources.Transport = workload.TransportVariables(p.spec.Transport, p.spec.TargetPort)
	}
	return sources, err
}

// volumeLeads returns the targets of the host paths of spec's volumes. A path that cannot be
// resolved completely is different from one that can.
func volumeLeads(spec workload.Spec) map[string]string {
	leads := map[string]string{}
	for _, text := range spec.Volumes {
		v, err := workload.ParseVolume(text)
		if err != nil || v.Named || !filepath.IsAbs(v.Source) {
			continue
		}
		lead, err := ownfile.Lead(v.Source)
		if err != nil {
			lead += " (links behind it are not seen)"
		}
		leads[v.Source] = lead
	}
	return leads
}

// checkOnce refuses an env file that can be read only once if the workload may be started again
// from its saved RunConfig.
func checkOnce(options PrepareOptions, paths []string) error {
	i := slices.IndexFunc(paths, ownfile.Once)
	if i < 0 || options.Once {
		return nil
	}
	return fmt.Errorf("the env file %s can be read only once, and a workload that is started again, or from a RunConfig, reads it each time: write it to a regular file (thv run without -d reads it once)", paths[i])
}

// Once returns the paths of the env files that cannot be read again. Their variables are for
// this run only, and the specification does not name them.
func (p *Prepared) Once() []string { return p.once }

// warnOfOtherWriters warns that others could change the env file or directory at path. It is
// used nevertheless, since the command line names it and its references need consent.
func warnOfOtherWriters(a Parts, path string) {
	if path == "" {
		return
	}
	_, _, err := ownfile.Resolve(path)
	var others *ownfile.Error
	if errors.As(err, &others) {
		a.Dialog.Say("Others choose variables of this run in %s: %s", path, others.Reason())
	}
}

// withhold takes what unlocks a provider out of vars, and out of spec, so that it
// is not saved either.
func withhold(a Parts, spec *workload.Spec, vars map[string]string) {
	spec.EnvVars = maps.Clone(spec.EnvVars)
	for _, name := range a.Environ.Unlocking() {
		if _, there := vars[name]; there {
			a.Dialog.Say("%s unlocks a provider, and is left out of the workload's environment.", name)
		}
		delete(vars, name)
		delete(spec.EnvVars, name)
	}
	spec.EnvInherit = slices.DeleteFunc(slices.Clone(spec.EnvInherit), func(name string) bool {
		return slices.Contains(a.Environ.Unlocking(), name)
	})
}
