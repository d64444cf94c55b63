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

// Steers reports whether a plain variable can send a workload's secrets elsewhere: its
// name ends in a word such as PROXY, URL, ENDPOINT or HOST (BASE_URL, https_proxy), it
// decides whom a program trusts or which code it runs (SSL_CERT_FILE, NODE_OPTIONS, and
// the reserved targets such as LD_PRELOAD), or its value holds "://".
func Steers(name, value string) bool {
	upper := strings.ToUpper(name)
	word := upper[strings.LastIndexAny(upper, "_.-")+1:]
	return slices.Contains(steering, word) || slices.Contains(trust, upper) ||
		secret.ReservedTarget(upper) || strings.Contains(value, "://")
}
