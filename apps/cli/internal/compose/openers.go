package compose

import (
	"context"

	"github.com/thv-secrets/thv/adapters/exec"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/core/provider"
)

// configured is a program that the configuration file names. Nothing is known about it
// besides its name, which is its scheme too.
func (o *openers) configured(name string, p settings.Program) app.Descriptor {
	return app.Descriptor{Name: name, Scheme: name, Open: func(ctx context.Context) (provider.Provider, error) {
		path, err := programPath(o.environ, p.Command[0])
		if err != nil {
			return nil, err
		}
		return o.programs.open(ctx, exec.Config{
			Name: name, Scheme: name, Timeout: p.Timeout.Duration(),
			Command: append([]string{path}, p.Command[1:]...), Env: declared(o.environ, p.Env),
		})
	}}
}

// beside opens the executable name of thv's own directory. A provider whose library
// would cost every start is one.
func (o *openers) sibling(ctx context.Context, c exec.Config, name string, args []string) (provider.Provider, error) {
	path, err := siblingExecutable(name)
	if err != nil {
		return nil, err
	}
	c.Command = append([]string{path}, args...)
	return o.programs.open(ctx, c)
}

func option(args []string, name, value string) []string {
	if value == "" {
		return args
	}
	return append(args, name+"="+value)
}
