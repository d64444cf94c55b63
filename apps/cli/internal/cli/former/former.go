// Package former has the verbs and flags that ToolHive has and thv lacks, with their
// replacements. docs/from-toolhive.md lists them in a table.
package former

import "strings"

const (
	noRemote = "thv runs container images and local commands, and no remote servers: give the server's address to the MCP client"
	noProxy  = "thv puts no proxy before a server, so that there is nothing that would do this: the server does it itself, or a proxy of your own"
	noRecord = "thv sends no telemetry: what a detached workload prints is in thv logs"
	filtered = "thv list --group NAME --output json has the names, to be given to this verb"
	asJSON   = "use --output json"
)

// verbs are by the path of the command that would have them.
var verbs = map[string]string{
	"thv build":         "thv builds no images: build one with docker build, and run it by its name",
	"thv client":        "thv writes no client's configuration: give the client the command thv and the arguments run NAME, as README.md shows",
	"thv config":        "edit the configuration file (docs/cli.md has its keys, and its place): registry_path, registry_url, secrets.provider_type",
	"thv group":         "a group is a label: thv run --group NAME, thv list --group NAME",
	"thv inspector":     "start the inspector with the command thv run NAME",
	"thv llm":           noProxy,
	"thv mcp":           "connect an MCP client to the command thv run NAME; thv registry show NAME lists a server's tools",
	"thv proxy":         noProxy,
	"thv runtime":       "thv doctor says whether the container engine responds",
	"thv search":        "thv registry list lists the servers",
	"thv serve":         "thv has no API server: every verb takes --output json",
	"thv skill":         "thv manages no skills",
	"thv registry info": "thv registry show NAME says the same",
}

// flags are by the beginning of their names; of two that fit, the longer counts.
var flags = map[string]string{
	"remote-":                 noRemote,
	"resource-url":            noRemote,
	"oidc-":                   noProxy,
	"jwks-":                   noProxy,
	"token-exchange-":         noProxy,
	"authz-config":            noProxy,
	"audit-config":            noProxy,
	"enable-audit":            noProxy,
	"tools":                   noProxy,
	"trust-proxy-headers":     noProxy,
	"proxy":                   "thv puts no proxy before a server: thv logs NAME has what the server prints",
	"proxy-mode":              "a server is spoken to as it speaks: --transport stdio, sse or streamable-http",
	"proxy-port":              "a server over HTTP is reached at a port of its own: --port PORT",
	"host":                    "a server over HTTP is reached on 127.0.0.1: -p ADDRESS:PORT:PORT publishes it elsewhere",
	"target-host":             "a server over HTTP is reached at its container: --target-port",
	"permission-profile":      "--network none is the profile none; -v HOST:CONTAINER[:ro] and --network NAME say the rest",
	"isolate-network":         "--network none, or --network NAME for a network of the engine that is as closed as you made it",
	"otel-":                   noRecord,
	"image-verification":      "name the image by its digest: IMAGE@sha256:…",
	"ca-cert":                 "SSL_CERT_FILE names the certificates",
	"thv-ca-bundle":           "SSL_CERT_FILE names the certificates",
	"ignore-globally":         "thv hides nothing in what it mounts: mount a directory without the files with -v",
	"print-resolved-overlays": "thv hides nothing in what it mounts: mount a directory without the files with -v",
	"group":                   filtered,
	"all":                     "thv list --all has the names, to be given to this verb",
	"foreground":              "thv run --from-config FILE stays in the foreground; FILE is what thv export NAME FILE writes",
	"format":                  asJSON,
	"json":                    asJSON,
}

// Verb returns the replacement of a verb that the command at path lacks; empty for a verb that
// ToolHive does not have either.
func Verb(path, verb string) string { return verbs[path+" "+verb] }

// Flag returns what replaces a flag, by its name without dashes; empty as for Verb.
func Flag(name string) string {
	best := ""
	for beginning := range flags {
		whole := !strings.HasSuffix(beginning, "-") && name != beginning && !strings.HasPrefix(name, beginning+"-")
		if strings.HasPrefix(name, beginning) && !whole && len(beginning) > len(best) {
			best = beginning
		}
	}
	return flags[best]
}
