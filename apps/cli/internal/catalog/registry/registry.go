// Package registry knows MCP servers by name: the image of each, how it is started, and
// which variables it requires. A registry is a file, an address, or the small built-in
// one.
package registry

import (
	_ "embed"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/suggest"
	"github.com/thv-secrets/thv/core/workload"
)

// MaxSize bounds a registry, in bytes.
const MaxSize = 8 << 20

// builtIn is the registry that is used if none is configured.
//
//go:embed builtin.json
var builtIn []byte

// Registry is a set of servers. It is not changed once it is made.
type Registry struct {
	// Origin is the registry's source, for the user: a path, an address or "built in".
	Origin  string
	servers []Server
	// others are entries that thv does not run, each with the reason.
	others map[string]string
}

// Server is an entry.
type Server struct {
	// Name is a letter or digit and then letters, digits, '.', '_' or '-'.
	Name string
	// Description is one line without control characters; so are those of
	// Requirements.
	Description string
	Image       string
	// Args are the image's, before those of the command line.
	Args []string
	// Transport is valid for workload.ParseTransport and not empty. TargetPort is zero if the
	// entry has none.
	Transport  string
	TargetPort int
	// Requirements have names that are valid and differ.
	Requirements []workload.Requirement
	Tools, Tags  []string
}

// Servers returns the entries, sorted by name.
func (r *Registry) Servers() []Server { return slices.Clone(r.servers) }

// Find returns the entry of that name.
func (r *Registry) Find(name string) (Server, bool) {
	i, found := slices.BinarySearchFunc(r.servers, name, func(s Server, name string) int { return strings.Compare(s.Name, name) })
	if !found {
		return Server{}, false
	}
	return r.servers[i], true
}

// Other returns why thv does not run the server of that name: a remote server, or a
// package that is not a container image.
func (r *Registry) Other(name string) (reason string, found bool) {
	reason, found = r.others[name]
	return reason, found
}

// Nearest returns the name of an entry that name resembles, or nothing.
func (r *Registry) Nearest(name string) string {
	var names []string
	for _, s := range r.servers {
		names = append(names, s.Name)
	}
	return suggest.Nearest(name, names)
}

// MayName reports whether text can be a server's name. If it has '/', ':' or '@' in the
// wrong place, it can only be an image's.
func MayName(text string) bool { return !strings.ContainsAny(text, "/:@") }
