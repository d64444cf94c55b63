package command

import (
	"github.com/spf13/pflag"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
)

// EnvironmentFlags adds to flags the options that give a workload its variables and
// secrets, and --dry-run.
func EnvironmentFlags(flags *pflag.FlagSet, e *describe.Environment, dryRun *bool) {
	what := "give a `secret`: NAME[,target=ENV]; NAME is a name or a reference such as env://NAME"
	if e.Container {
		what = "give a `secret`: NAME[,target=ENV|/PATH[,mode=0400]]; NAME is a name or a reference such as env://NAME, and /PATH a file in memory"
	}
	flags.StringArrayVar(&e.Secrets, "secret", nil, what)
	flags.StringArrayVarP(&e.Variables, "env", "e", nil, "set a plain variable: `NAME[=VALUE]`; a reference as value is resolved")
	flags.StringArrayVar(&e.Files, "env-file", nil, "read variables from a `file`; references as values are resolved")
	flags.StringVar(&e.Directory, "env-file-dir", "", "read variables from every file in a `directory`")
	flags.StringVar(&e.Expansion, "env-file-expansion", "", "meaning of '$' in env files: `refuse` (an error, the default), shell ($NAME is replaced) or literal")
	flags.BoolVar(dryRun, "dry-run", false, "run nothing; show where each secret would come from, as thv explain does")
	flags.BoolVar(&e.AllowReserved, "allow-reserved-target", false, "allow a secret's target to be PATH, LD_* and the like")
}
