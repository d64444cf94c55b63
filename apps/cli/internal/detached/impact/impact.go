// Package impact determines which workloads use a secret that was stored or deleted, and the
// effect on each.
package impact

import (
	"fmt"
	"slices"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/envfile"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Event is a change of a secret.
type Event int

// The events.
const (
	Stored Event = iota
	Deleted
)

// Effect is the effect of an event on a workload.
type Effect string

// The effects.
const (
	// Restarts: it is restarted, if the value is new to it.
	Restarts Effect = "restarts"
	// Signal: its files are updated and it receives the signal, if the value is new to
	// it.
	Signal Effect = "signal"
	// Keeps: it has the old value until it is restarted.
	Keeps Effect = "keeps"
	// NextStart: it gets the value at its next start.
	NextStart Effect = "next-start"
	// Lacks: it does not find the secret at its next start.
	Lacks Effect = "lacks"
)

// Workload is a workload that uses the secret.
type Workload struct {
	Name    string `json:"name"`
	Running bool   `json:"running"`
	Effect  Effect `json:"effect"`
	// Signal is the name of the signal. Variables are the variables that keep the old value
	// after it.
	Signal    string   `json:"signal,omitempty"`
	Variables []string `json:"variables,omitempty"`
}

// Finder finds workloads by their saved RunConfigs.
type Finder struct {
	RunConfigs *runconfig.Store
	// Running reports whether a supervisor runs the workload of that name; nil means
	// that none runs.
	Running func(name string) bool
	// Schemes are the schemes of references in env files and variables.
	Schemes []string
	// Environ has the variables that env files may refer to.
	Environ *procenv.Environ
}

// Find returns the workloads that use the secret which any of refs means, by name. The
// errors are about workloads that may use it, since a file of theirs cannot be read. No
// workload is in both.
func (s Finder) Find(event Event, refs []secret.Ref) ([]Workload, []error) {
	names, err := s.RunConfigs.List()
	if err != nil {
		return nil, []error{err}
	}
	var workloads []Workload
	var unreadable []error
	for _, name := range names {
		spec, err := s.RunConfigs.Load(name)
		if err != nil {
			unreadable = append(unreadable, err)
			continue
		}
		targets, err := s.targets(spec, refs)
		switch {
		case len(targets) > 0:
			workloads = append(workloads, s.effectOn(event, name, spec, targets))
		case err != nil:
			unreadable = append(unreadable, fmt.Errorf("%s: %w", name, err))
		}
	}
	return workloads, unreadable
}

// targets are the variables and files of spec that hold one of refs. With an error
// there may be more.
func (s Finder) targets(spec workload.Spec, refs []secret.Ref) ([]secret.Target, error) {
	bindings, err := secret.ParseSystemBindings(spec.Secrets)
	if err != nil {
		return nil, err
	}
	var targets []secret.Target
	for _, b := range bindings {
		if slices.Contains(refs, b.Ref) {
			targets = append(targets, b.Target)
		}
	}
	vars, err := s.variables(spec)
	found, refErr := workload.References(vars, s.Schemes)
	if err == nil {
		err = refErr
	}
	for name, ref := range found {
		if slices.Contains(refs, ref) {
			targets = append(targets, secret.Target{Env: name})
		}
	}
	return targets, err
}

// variables returns the variables of spec and of its readable env files. It opens only regular
// files.
func (s Finder) variables(spec workload.Spec) (map[string]string, error) {
	vars, err := envfile.Reader{Environ: s.Environ}.Read(spec)
	return workload.Sources{Files: vars.Files, Dir: vars.Dir, Flags: spec.EnvVars}.Merge(), err
}

func (s Finder) effectOn(event Event, name string, spec workload.Spec, targets []secret.Target) Workload {
	w := Workload{Name: name, Running: s.Running != nil && s.Running(name), Effect: NextStart}
	change, _ := workload.ParseSecretChange(spec.OnSecretChange) // which Load has looked at
	switch {
	case event == Deleted:
		w.Effect = Lacks
	case !w.Running:
	case change.Restart:
		w.Effect = Restarts
	case change.Signal != "":
		w.Effect, w.Signal = Signal, change.Signal
		for _, t := range targets {
			if t.Path == "" {
				w.Variables = append(w.Variables, t.Env)
			}
		}
		slices.Sort(w.Variables)
	default:
		w.Effect = Keeps
	}
	return w
}
