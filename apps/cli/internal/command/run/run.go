// Package run is thv run.
package run

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/command/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/foreground"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

type options struct {
	app       *app.App
	inject    inject.Options
	container container
	image     string
	args      []string
	noMasking bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "run IMAGE [flags] [-- ARGS]",
		Short: "Run a container with secrets in its environment",
		Long: `Run IMAGE in the container engine with secrets in its environment, attached to
the standard streams: an MCP client can use thv run as its stdio server command.

Everything is resolved before anything starts: one secret that is missing starts
nothing. Values are replaced by [redacted] in what the container prints, unless
--no-masking is given. With --dry-run nothing runs, and where each secret would
come from is said instead. Signals are passed on, the exit code is the container's,
and the container is removed at its end.`,
		Example: `  thv run example/server --secret api-key,target=API_KEY
  thv run example/server --env-file .env -v ./data:/data:ro -- --verbose`,
		Args: func(cmd *cobra.Command, args []string) error {
			if dash := cmd.ArgsLenAtDash(); dash >= 0 {
				args = args[:dash]
			}
			return command.Names("IMAGE", 1, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.image, o.args = args[0], args[1:]
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.inject.Register(cmd.Flags())
	o.container.register(cmd.Flags())
	cmd.Flags().BoolVar(&o.noMasking, "no-masking", false, "do not replace values in the output")
	return cmd
}

func run(ctx context.Context, o options) error {
	spec, err := o.container.spec(o.image, o.args)
	if err != nil {
		return err
	}
	runtime, err := o.runtime(ctx)
	if err != nil {
		return err
	}
	prepared, err := o.inject.Prepare(o.app, &spec)
	if err != nil {
		return err
	}
	if o.inject.DryRun() {
		return prepared.Explain(ctx)
	}
	environment, err := prepared.Resolve(ctx)
	if err != nil {
		return err
	}
	if url := o.container.url(); url != "" && o.app.Globals.Output != terminal.JSON {
		command.Say(o.app.Streams, "The server is to answer at %s.", url)
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: runtime, Spec: spec, Environment: environment,
		Streams: o.app.Streams, Masking: !o.noMasking,
	})
}

// runtime opens the engine, which a dry run does not need.
func (o options) runtime(ctx context.Context) (workload.Runtime, error) {
	if o.inject.DryRun() {
		return nil, nil
	}
	return o.app.Container(ctx)
}
