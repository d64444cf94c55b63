// Package exec is thv exec.
package exec

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/foreground"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the arguments and options of the verb.
type Options struct {
	Command           []string
	Environment       describe.Environment
	Workdir           string
	DryRun, NoMasking bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "exec [flags] -- COMMAND [ARGS]",
		Short: "Run a local process with secrets in its environment",
		Long: `Run COMMAND with secrets in its environment. No container engine is needed.

All secrets are resolved before COMMAND starts: if one is missing, it does not
start. Values are replaced by [redacted] in the output of COMMAND, unless
--no-masking is given. The exit code is that of COMMAND, 128+n for a signal, 127
if COMMAND does not exist, and 126 if it cannot be executed.`,
		Example: `  # Run a server with one secret in its environment
  thv exec --secret api-key,target=API_KEY -- ./server

  # Run a script with the references of an env file
  thv exec --env-file .env -- npm start`,
		Args: command.Names("COMMAND", 1, 1<<20),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Command = args
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	flags := cmd.Flags()
	flags.SetInterspersed(false)
	command.EnvironmentFlags(flags, &o.Environment, &o.DryRun)
	flags.StringVar(&o.Workdir, "workdir", "", "`directory` to run in")
	flags.BoolVar(&o.NoMasking, "no-masking", false, "do not replace values in the output")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	spec := workload.Spec{SchemaVersion: workload.SchemaVersion, Command: o.Command, Workdir: o.Workdir}
	if err := o.Environment.Describe(&spec); err != nil {
		return err
	}
	options := o.Environment.PrepareOptions()
	options.Once = true
	prepared, err := inject.Prepare(a.Parts(), &spec, options)
	if err != nil {
		return err
	}
	if o.DryRun {
		report, err := prepared.Explain(ctx)
		return command.Explained(a, report, err)
	}
	environment, err := prepared.Resolve(ctx, inject.CommandLineConsent)
	if err != nil {
		return err
	}
	if o.NoMasking || len(environment.Secrets()) == 0 {
		err := a.Local.Replace(spec, environment)
		if !errors.Is(err, secret.ErrUnsupported) {
			return fmt.Errorf("exec: %w", err)
		}
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: a.Local, Spec: spec, Environment: environment,
		Streams: a.Streams, Masking: !o.NoMasking,
	})
}
