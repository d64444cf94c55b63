package secret

import (
	"slices"
	"strings"
)

// reservedNames are variables that decide what a program runs, loads or trusts,
// or who it runs as, in upper case.
var reservedNames = []string{
	"BASH_ENV", "CDPATH", "CLASSPATH", "COMSPEC", "ENV", "GCONV_PATH", "HOME",
	"IFS", "JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "LOGNAME", "NODE_OPTIONS",
	"NODE_PATH", "OP_SERVICE_ACCOUNT_TOKEN", "PATH", "PATHEXT", "PERL5LIB",
	"PERL5OPT", "PROMPT_COMMAND", "PS4", "PSMODULEPATH", "PWD", "PYTHONHOME",
	"PYTHONPATH", "PYTHONSTARTUP", "RUBYLIB", "RUBYOPT", "SHELL", "SHELLOPTS",
	"SYSTEMROOT", "TMPDIR", "USER", "USERPROFILE", "WINDIR", "ZDOTDIR",
	"_JAVA_OPTIONS",
}

var reservedPrefixes = []string{"LD_", "DYLD_", "TOOLHIVE_"}

// ReservedTarget reports whether a variable of this name decides how a program
// starts (PATH, LD_*, …) or belongs to thv itself, so that a secret goes there
// only where a person insists. Case does not count, since it does not on
// Windows.
func ReservedTarget(env string) bool {
	upper := strings.ToUpper(env)
	hasPrefix := func(p string) bool { return strings.HasPrefix(upper, p) }
	return slices.Contains(reservedNames, upper) || slices.ContainsFunc(reservedPrefixes, hasPrefix)
}
