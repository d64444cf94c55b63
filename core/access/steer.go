package access

import (
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// steering are the last words of the names of variables that decide where a process sends
// data.
var steering = []string{
	"ADDR", "ADDRESS", "BROKER", "BROKERS", "DOMAIN", "DSN", "ENDPOINT", "ENDPOINTS", "GATEWAY", "HOST", "HOSTNAME",
	"HOSTS", "ORIGIN", "PROXY", "SERVER", "SERVERS", "UPSTREAM", "URI", "URL", "URLS", "WEBHOOK",
}

// trust are variables that decide which peers a process trusts, or which additional code
// it runs.
var trust = []string{
	"BASH_ENV", "CURL_CA_BUNDLE", "ENV", "GIT_SSH_COMMAND", "GIT_SSL_NO_VERIFY", "JAVA_TOOL_OPTIONS", "NODE_EXTRA_CA_CERTS",
	"NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED", "PERL5OPT", "PYTHONPATH", "PYTHONSTARTUP", "REQUESTS_CA_BUNDLE",
	"RUBYOPT", "SSL_CERT_DIR", "SSL_CERT_FILE",
}

// alsoSteering are further ends of such names, also of variables that decide which file or
// code a process reads: KUBECONFIG, PGPASSFILE, GIT_DIR, SSH_ASKPASS, PERL5LIB.
var alsoSteering = []string{
	"AGENT", "API_BASE", "ARGS", "ASKPASS", "BROWSER", "CERT", "CERTS", "CMD", "COMMAND", "CONF", "CONFIG", "CREDENTIALS",
	"DEPS", "DIR", "DIRECTORIES", "DIRECTORY", "DIRS", "EDITOR", "EXEC", "EXTERNAL_DIFF", "FILE", "FILENAME", "FILES", "HEADERS", "HOME",
	"HOOK", "HOOKS", "INDEX", "INIT", "INVENTORY", "LIB", "LIBS", "MIRROR", "MODULE", "MODULES", "OPT", "OPTIONS", "OPTS", "PAGER",
	"PATH", "PLUGIN", "PLUGINS", "PORT", "PRELOAD", "PROFILE", "PROVIDER", "PYTHON", "RC", "REGISTRY", "ROLE_ARN", "ROOT", "SHELL", "SOCK",
	"SOCKET", "SSLMODE", "VERIFY", "VISUAL", "WRAPPER",
	"CFLAGS", "CPPFLAGS", "CXXFLAGS", "GOFLAGS", "LDFLAGS", "MAKEFLAGS", "RUSTFLAGS", // FEATURE_FLAGS does not
}

// alsoTrust are further variables like those in trust, whose names follow no pattern.
var alsoTrust = []string{
	"CC", "CONDA_PREFIX", "CXX", "DOCKER_CONTEXT", "GIT_ALLOW_PROTOCOL", "GIT_WORK_TREE", "GOCACHE", "GODEBUG", "GOENV", "GONOSUMCHECK",
	"GONOSUMDB", "GOPRIVATE", "GOSUMDB", "GOTOOLCHAIN", "GOVCS", "HOSTALIASES", "PGCHANNELBINDING", "PGGSSENCMODE", "PGREQUIRESSL",
	"PGSERVICE", "PGSSLKEY", "R_ENVIRON", "RUSTC", "TERMCAP", "VIRTUAL_ENV",
}

// runtimes are the prefixes of variables that make interpreters and libraries run or load
// code: PYTHONBREAKPOINT, PERL5DB, LESSOPEN, LUA_INIT_5_4.
var runtimes = []string{
	"BASH_", "CORECLR_", "COR_", "ERL_", "KRB5", "LESS", "LUA_", "MALLOC_", "OPENSSL_", "PERL", "PIP_", "PYTHON", "RUBY", "TERMINFO",
}

// trustParts are parts of the names of variables that decide which peers a process trusts,
// where it sends data, or which code it runs.
var trustParts = []string{"ASKPASS", "CA_BUNDLE", "CERT_", "CLI_ARGS", "CONFIG", "ENDPOINT", "GIT_SSH", "INSECURE", "SSL_", "TLS_", "UNAUTHORIZED"}

// Steers reports whether a plain variable can redirect a workload's secrets: its name ends
// in a word such as PROXY, URL, CONFIG, FILE or HOST (BASE_URL, https_proxy, PGPASSFILE),
// it decides which peers a process trusts or which code it runs (SSL_CERT_FILE,
// NODE_OPTIONS, GIT_CONFIG_GLOBAL, PYTHONBREAKPOINT, and the reserved targets such as
// LD_PRELOAD), or its value contains "://".
func Steers(name, value string) bool {
	upper := strings.ToUpper(name)
	ends := func(end string) bool { return strings.HasSuffix(upper, end) }
	begins := func(beginning string) bool { return strings.HasPrefix(upper, beginning) }
	return steered(name, value) || slices.Contains(alsoTrust, upper) ||
		slices.ContainsFunc(steering, ends) || slices.ContainsFunc(alsoSteering, ends) || slices.ContainsFunc(runtimes, begins) ||
		slices.ContainsFunc(trustParts, func(part string) bool { return strings.Contains(upper, part) })
}

// steered is [Steers] as earlier versions defined it.
func steered(name, value string) bool {
	upper := strings.ToUpper(name)
	word := upper[strings.LastIndexAny(upper, "_.-")+1:]
	return slices.Contains(steering, word) || slices.Contains(trust, upper) ||
		secret.ReservedTarget(upper) || strings.Contains(value, "://")
}
