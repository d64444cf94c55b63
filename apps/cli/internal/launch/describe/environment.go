package describe

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Environment has the options for the variables and secrets of a workload.
type Environment struct {
	// Container is true for a container, and false for a local process.
	Container bool

	// Secrets are parameters NAME[,target=…], Variables NAME[=VALUE], Files and Directory
	// paths of env files, and Expansion one of workload.Expansions.
	Secrets, Variables, Files []string
	Directory, Expansion      string
	// AllowReserved allows the target of a secret to be PATH and the like.
	AllowReserved bool
}

// PrepareOptions returns the options for [inject.Prepare].
func (e *Environment) PrepareOptions() inject.PrepareOptions {
	return inject.PrepareOptions{Reserved: e.AllowReserved, Container: e.Container}
}

// Describe writes the options into spec, as they may be saved: values that are given as
// such, and for all else its name.
func (e *Environment) Describe(spec *workload.Spec) error {
	bound, err := e.PrepareOptions().Bindings(e.Secrets)
	if err != nil {
		return err
	}
	for _, b := range bound {
		spec.Secrets = append(spec.Secrets, b.String())
	}
	if err := e.variablesInto(spec); err != nil {
		return &secret.UsageError{Err: err}
	}
	spec.EnvFiles, spec.EnvFileDir, spec.EnvFileExpansion = e.Files, e.Directory, e.Expansion
	if e.Expansion != "" && !slices.Contains(workload.Expansions, e.Expansion) {
		return secret.Usagef("--env-file-expansion is refuse, shell or literal")
	}
	return nil
}

// variablesInto divides Variables into those with a value and inherited ones. The later of two
// with the same name takes precedence if it has a value.
func (e *Environment) variablesInto(spec *workload.Spec) error {
	given, err := workload.ParseFlags(e.Variables, func(string) (string, bool) { return "", false })
	if err != nil {
		return err
	}
	inherits := map[string]bool{}
	for i, param := range e.Variables {
		name, _, valued := strings.Cut(param, "=")
		if !e.Container && !secret.ValidEnvName(name) {
			return fmt.Errorf("-e parameter %d: the text before '=' is not the name of a local process's variable ([A-Za-z_][A-Za-z0-9_]*)", i+1)
		}
		inherits[name] = !valued
	}
	for _, name := range slices.Sorted(maps.Keys(inherits)) {
		if inherits[name] {
			spec.EnvInherit = append(spec.EnvInherit, name)
		}
	}
	spec.EnvVars = given
	return nil
}
