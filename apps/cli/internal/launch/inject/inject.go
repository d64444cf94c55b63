// Package inject is what run and exec share: the options that give a workload
// its variables and secrets, and their resolution.
package inject

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the command line's.
type Options struct {
	// Container is whether the verb's workload is a container; it is not an option.
	Container bool

	secrets, variables, files []string
	folder, expansion         string
	allowReserved, dryRun     bool
}

// Register adds the options to flags.
func (o *Options) Register(flags *pflag.FlagSet) {
	what := "give a secret: `NAME[,target=ENV]`; NAME is a name or a reference such as env://NAME"
	if o.Container {
		what = "give a secret: `NAME[,target=ENV|/PATH[,mode=0400]]`; NAME is a name or a reference such as env://NAME, and /PATH a file in memory"
	}
	flags.StringArrayVar(&o.secrets, "secret", nil, what)
	flags.StringArrayVarP(&o.variables, "env", "e", nil, "set a plain variable: `NAME[=VALUE]`; a reference as value is resolved")
	flags.StringArrayVar(&o.files, "env-file", nil, "read variables from a `file`; references as values are resolved")
	flags.StringVar(&o.folder, "env-file-dir", "", "read variables from every file in a `folder`")
	flags.StringVar(&o.expansion, "env-file-expansion", "", "what a '$' in env files is: `refuse` (an error, the default), shell ($NAME is replaced) or literal")
	flags.BoolVar(&o.dryRun, "dry-run", false, "run nothing; say where each secret would come from, as thv explain does")
	flags.BoolVar(&o.allowReserved, "allow-reserved-target", false, "let a secret's target be PATH, LD_* and the like")
}

// Describe reads the options into spec, as they may be saved: values that are
// given as such, and for all else its name.
func (o *Options) Describe(spec *workload.Spec) error {
	bound, err := o.Terms().bindings(o.secrets)
	if err != nil {
		return err
	}
	for _, b := range bound {
		spec.Secrets = append(spec.Secrets, b.String())
	}
	if err := o.variablesInto(spec); err != nil {
		return &secret.UsageError{Err: err}
	}
	spec.EnvFiles, spec.EnvFileDir, spec.EnvFileExpansion = o.files, o.folder, o.expansion
	if o.expansion != "" && !slices.Contains(workload.Expansions, o.expansion) {
		return secret.Usagef("--env-file-expansion is refuse, shell or literal")
	}
	return nil
}

// variablesInto divides -e into what is given a value and what is inherited; of
// two for one name the later counts, where it has a value.
func (o *Options) variablesInto(spec *workload.Spec) error {
	given, err := workload.ParseFlags(o.variables, func(string) (string, bool) { return "", false })
	if err != nil {
		return err
	}
	inherits := map[string]bool{}
	for i, param := range o.variables {
		name, _, valued := strings.Cut(param, "=")
		if !o.Container && !secret.ValidEnvName(name) {
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

// Terms are what the command line allows.
func (o *Options) Terms() Terms { return Terms{Reserved: o.allowReserved, Container: o.Container} }

// DryRun reports whether nothing is to be run.
func (o *Options) DryRun() bool { return o.dryRun }
