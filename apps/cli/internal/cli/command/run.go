package command

import (
	"context"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
)

// Run composes the program and calls run with it and o, the options of a verb. If runF is
// not nil it is called instead, and nothing is composed: a test of the flags passes it.
func Run[O any](ctx context.Context, f *Factory, o *O, runF func(*O) error, run func(context.Context, *app.App, *O) error) error {
	if runF != nil {
		return runF(o)
	}
	a, err := f.App()
	if err != nil {
		return err
	}
	return run(ctx, a, o)
}
