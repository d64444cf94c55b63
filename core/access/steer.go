package access

import (
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// steering are the last words of names that say where a program sends what it has.
var steering = []string{
	"ADDR", "ADDRESS", "BROKER", "BROKERS", "DOMAIN", "DSN", "ENDPOINT", "ENDPOINTS", "GATEWAY", "HOST", "HOSTNAME",
	"HOSTS", "ORIGIN", "PROXY", "SERVER", "SERVERS", "UPSTREAM", "URI", "URL", "URLS", "WEBHOOK",
}

// trust are variables that decide whom a program believes, or what it runs beside its
// own code.
var trust = []string{
	"BASH_ENV", "CURL_CA_BUNDLE", "ENV", "GIT_SSH_COMMAND", "GIT_SSL_NO_VERIFY", "JAVA_TOOL_OPTIONS", "NODE_EXTRA_CA_CERTS",
	"NODE_OPTIONS", "NODE_TLS_REJECT_UNAUTHORIZED", "PERL5OPT", "PYTHONPATH", "PYTHONSTARTUP", "REQUESTS_CA_BUNDLE",
	"RUBYOPT", "SSL_CERT_DIR", "SSL_CERT_FILE",
}

// alsoSteering are further ends of names that do so, or that say which file or code a
// program reads: KUBECONFIG, OPENSSL_CONF, DOTNET_STARTUP_HOOKS.
var alsoSteering = []string{
	"AGENT", "CERT", "CERTS", "CMD", "COMMAND", "CONF", "CONFIG", "EDITOR", "EXEC", "HOME", "HOOK", "HOOKS", "INDEX", "MIRROR",
	"OPTIONS", "OPTS", "PAGER", "PATH", "PLUGIN", "PLUGINS", "PORT", "PRELOAD", "PROFILE", "REGISTRY", "SHELL", "SOCK", "SOCKET",
	"SSLMODE", "VERIFY",
}

// trustParts are in names of variables that decide whom a program believes, or which
// code it runs.
var trustParts = []string{"CONFIG", "CA_BUNDLE", "CERT_", "GIT_SSH", "INSECURE", "TLS_", "SSL_", "UNAUTHORIZED"}

// Steers reports whether a plain variable can send a workload's secrets elsewhere: its
// name ends in a word such as PROXY, URL, CONFIG or HOST (BASE_URL, https_proxy, PGHOST),
// it decides whom a program trusts or which code it runs (SSL_CERT_FILE, NODE_OPTIONS,
// GIT_CONFIG_GLOBAL, and the reserved targets such as LD_PRELOAD), or its value holds
// "://".
func Steers(name, value string) bool {
	upper := strings.ToUpper(name)
	ends := func(end string) bool { return strings.HasSuffix(upper, end) }
	return steered(name, value) || slices.ContainsFunc(steering, ends) || slices.ContainsFunc(alsoSteering, ends) ||
		slices.ContainsFunc(trustParts, func(part string) bool { return strings.Contains(upper, part) })
}

// steered is the rule of an earlier version.
func steered(name, value string) bool {
	upper := strings.ToUpper(name)
	word := upper[strings.LastIndexAny(upper, "_.-")+1:]
	return slices.Contains(steering, word) || slices.Contains(trust, upper) ||
		secret.ReservedTarget(upper) || strings.Contains(value, "://")
}
