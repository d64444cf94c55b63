package secret

import (
	"slices"
	"strings"
)

// reservedNames are the variables, in upper case, that decide what a process executes,
// loads or trusts, or as which user it runs.
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

// ReservedTarget reports whether the variable env decides how a process starts (PATH,
// LD_*, …) or belongs to thv, so that it gets a secret only if the user confirms it. Case
// is ignored, as on Windows.
func ReservedTarget(env string) bool {
	upper := strings.ToUpper(env)
	hasPrefix := func(p string) bool { return strings.HasPrefix(upper, p) }
	return slices.Contains(reservedNames, upper) || slices.ContainsFunc(reservedPrefixes, hasPrefix)
}
