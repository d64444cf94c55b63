package describe

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
)

// lookUp sets the missing fields of c from the registry's entry, and returns the entry's
// requirements. A name that the registry does not have is not treated as an image.
func (d Describer) lookUp(ctx context.Context, c *CommandLine) (inject.Entry, error) {
	if c.IsImage || !registry.MayName(c.Image) {
		if c.Registry != "" {
			return inject.Entry{}, secret.Usagef("--registry goes with the name of a server; an image is not looked up")
		}
		return inject.Entry{}, nil
	}
	known, err := d.Catalog.Load(ctx, c.Registry, c.Image)
	if err != nil {
		return inject.Entry{}, err
	}
	server, found := known.Find(c.Image)
	if reason, other := known.Other(c.Image); !found && other {
		return inject.Entry{}, secret.Usagef("%s %s (registry: %s)", c.Image, reason, known.Origin)
	}
	if near := known.Nearest(c.Image); !found && near != "" {
		return inject.Entry{}, fmt.Errorf("%w: the registry (%s) has no server %s; did you mean: thv run %s? An image is given with its tag (%s:latest) or with --image",
			secret.ErrNotFound, known.Origin, shown(c.Image), near, shown(c.Image))
	}
	if !found {
		return inject.Entry{}, fmt.Errorf("%w: the registry (%s) has no server %s; thv registry list has the names, and an image is given with its tag (%s:latest) or with --image",
			secret.ErrNotFound, known.Origin, shown(c.Image), shown(c.Image))
	}
	c.Image, c.Args = server.Image, slices.Concat(server.Args, c.Args)
	c.adopt(server)
	return inject.Entry{
		Server: server.Name, Scope: scope(c.Name, server.Name), Requirements: server.Requirements,
	}, nil
}

// scope returns the scope of the secrets that are stored for a workload: the server's name,
// with the workload's name before it if that differs. So no workload, whatever its name, gets
// secrets that were entered for another server.
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
