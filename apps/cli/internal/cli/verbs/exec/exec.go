// Package exec is thv exec.
package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/foreground"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

type options struct {
	app       *app.App
	inject    inject.Options
	command   []string
	workdir   string
	noMasking bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGS]",
		Short: "Run a local process with secrets in its environment",
		Long: `Run COMMAND with secrets in its environment. No container engine is needed.

Everything is resolved before anything starts: one secret that is missing starts
nothing. Values are replaced by [redacted] in what COMMAND prints, unless
--no-masking is given. The exit code is the command's, 128+n for a signal, 127
where there is no such command and 126 where it cannot be executed.`,
		Example: `  thv exec --secret api-key,target=API_KEY -- ./server
  thv exec --env-file .env -- npm start`,
		Args: command.Names("COMMAND", 1, 1<<20),
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.command = args
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	o.inject.Register(flags)
	flags.StringVar(&o.workdir, "workdir", "", "`folder` to run in")
	flags.BoolVar(&o.noMasking, "no-masking", false, "do not replace values in the output")
	return cmd
}

func run(ctx context.Context, o options) error {
	spec := workload.Spec{SchemaVersion: workload.SchemaVersion, Command: o.command, Workdir: o.workdir}
	if err := o.inject.Describe(&spec); err != nil {
		return err
	}
	terms := o.inject.Terms()
	terms.Once = true
	prepared, err := inject.Prepare(o.app.Parts(), &spec, terms)
	if err != nil {
		return err
	}
	if o.inject.DryRun() {
		return prepared.Explain(ctx)
	}
	environment, err := prepared.Resolve(ctx, inject.Said)
	if err != nil {
		return err
	}
	if o.noMasking || len(environment.Secrets()) == 0 {
		err := o.app.Local.Replace(spec, environment)
		if !errors.Is(err, secret.ErrUnsupported) {
			return fmt.Errorf("exec: %w", err)
		}
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: o.app.Local, Spec: spec, Environment: environment,
		Streams: o.app.Streams, Masking: !o.noMasking,
	})
}
