package describe

import (
	"errors"
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// File is a RunConfig that the command line names, with the other options.
type File struct {
	// Path is the file's, or runconfig.Standard.
	Path string
	// Name replaces the name in the RunConfig unless it is empty, and Pull its pull policy
	// unless it is nil.
	Name string
	Pull *string
	// Ignored are the protective fields that are not to be heeded.
	Ignored []string
	Prepare inject.PrepareOptions
}

// RunConfig returns the Plan of f. It reports unknown fields only together with an error;
// otherwise [Describer.SayUnheeded] does.
func (d Describer) RunConfig(f File) (Plan, error) {
	given, err := d.RunConfigs.Read(f.Path, d.Input)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Spec: given.Spec, From: f.Path, Saved: given.Name, Prepare: f.Prepare, Unheeded: given.Spec.Unheeded()}
	if err := f.adapt(&p); err != nil {
		d.SayUnheeded(p)
		return Plan{}, err
	}
	return p, nil
}

// SayUnheeded tells the user the fields of p's RunConfig that this version does not know.
// A command that may be replaced by the engine's executable calls it after that, since
// the executable reads the RunConfig again.
func (d Describer) SayUnheeded(p Plan) {
	if len(p.Unheeded) > 0 {
		d.Say("--from-config: this version does not know, and does not heed: %s.", shown(strings.Join(p.Unheeded, ", ")))
	}
}

// adapt applies the options of the command line to the Plan of f.
func (f File) adapt(p *Plan) error {
	p.Prepare.System = p.Saved != ""
	p.Prepare.Entry = inject.Entry{Image: shown(p.Spec.Image), Requirements: p.Spec.Requirements}
	if p.Spec.Image == "" {
		return p.WrapError(secret.Usagef("it names no image"))
	}
	if f.Name != "" {
		p.Spec.Name = f.Name
	}
	if f.Pull != nil {
		p.Spec.Pull = *f.Pull
	}
	if err := protect(&p.Spec, f.Ignored); err != nil {
		return p.WrapError(err)
	}
	if err := complete(&p.Spec); err != nil {
		return p.WrapError(err)
	}
	return absoluteFiles(&p.Spec)
}

// Saved returns the Plan of the RunConfig that is saved under name, to be started detached
// without the protective fields in ignored. It returns secret.ErrNotFound if there is none.
func (d Describer) Saved(name string, ignored []string) (Plan, error) {
	spec, err := d.RunConfigs.Load(name)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{Spec: spec, From: name, Saved: name, Prepare: inject.PrepareOptions{System: true, Reserved: true, Container: true}}
	if p.Spec.Name = name; spec.Image == "" {
		return Plan{}, secret.Usagef("the RunConfig saved as %s names no image", name)
	}
	if err := errors.Join(protect(&p.Spec, ignored), complete(&p.Spec)); err != nil {
		return Plan{}, fmt.Errorf("the RunConfig saved as %s: %w", name, err)
	}
	return p, nil
}

// SavedOptions are the options of a supervisor: the user who saved a workload has allowed its
// targets, and cannot be prompted.
var SavedOptions = inject.PrepareOptions{System: true, Reserved: true, Detached: true, Container: true}

// Supervised returns the RunConfig that is saved under name, for a supervisor.
func (d Describer) Supervised(name string) (workload.Spec, error) {
	spec, err := d.RunConfigs.Load(name)
	if err != nil {
		return spec, err
	}
	spec.Honour()
	return spec, errors.Join(spec.CheckProtection(spec.Ignored), spec.Validate())
}

// protect applies the protections of a RunConfig, and refuses those that thv does not support
// unless they are in ignored, which is saved.
func protect(spec *workload.Spec, ignored []string) error {
	spec.Honour()
	if err := spec.Ignore(ignored...); err != nil {
		return &secret.UsageError{Err: err}
	}
	if err := spec.CheckProtection(spec.Ignored); err != nil {
		return &secret.UsageError{Err: err}
	}
	return nil
}
