package run

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/command/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
)

// lookUp takes what is not said on the command line from the registry's entry of
// that name, if there is one, and answers what the entry asks for.
func (o *options) lookUp(ctx context.Context) (inject.Entry, error) {
	if !registry.MayName(o.image) && o.registry != "" {
		return inject.Entry{}, terminal.Usagef("--registry goes with the name of a server; an image's name with '/', ':' or '@' is not looked up")
	}
	if !registry.MayName(o.image) {
		return inject.Entry{}, nil
	}
	known, err := o.app.Registry.Load(ctx, o.registry)
	if err != nil {
		return inject.Entry{}, err
	}
	server, found := known.Find(o.image)
	if !found {
		return inject.Entry{}, nil
	}
	o.image, o.args = server.Image, slices.Concat(server.Args, o.args)
	o.container.adopt(server)
	return inject.Entry{
		Server: server.Name, Scope: scope(o.container.name, server.Name), Requirements: server.Requirements,
	}, nil
}

// scope is where the secrets are stored that are made for a workload: the server's
// name, and before it the workload's where it has another. So no workload gets
// what was typed for another server, whatever it is called.
func scope(workload, server string) string {
	if workload == "" || workload == server {
		return escaped(server)
	}
	return escaped(workload) + "/" + escaped(server)
}

// escaped writes what a scope cannot hold, and what divides it, as %XX, so that two
// names never become one.
func escaped(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
		if letter || c == '.' || c == '-' {
			b.WriteByte(c)
			continue
		}
		fmt.Fprintf(&b, "%%%02X", c)
	}
	return b.String()
}
