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
	registry  string
	from      string
	noMasking bool
	// detach leaves the workload to a supervisor, and persist has that try a first
	// start again.
	detach, persist bool
	yes             bool
	// pulls says that --pull was given.
	pulls bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{inject: inject.Options{Files: true}}
	cmd := &cobra.Command{
		Use:   "run {NAME_OR_IMAGE | --from-config FILE} [flags] [-- ARGS]",
		Short: "Run a container with secrets in its environment",
		Long: `Run a server of the registry by its NAME, or any IMAGE, in the container engine with
secrets in its environment, attached to the standard streams: an MCP client can
use thv run as its stdio server command. What has no '/', ':' or '@' is looked up in
the registry (see thv registry), and is an image where that has no such name.

A secret that the registry's entry requires and nothing supplies is asked for at the
terminal, stored for this workload alone, and found again at its next run; a plain
variable is asked for each time. Where nobody can be asked, all that is missing is
listed and nothing starts. The command line's ARGS follow the entry's.

Everything is resolved before anything starts: one secret that is missing starts
nothing. Values are replaced by [redacted] in what the container prints, unless
--no-masking is given. With --dry-run nothing runs, and where each secret would
come from is said instead. Signals are passed on, the exit code is the container's,
and the container is removed at its end.

A variable is part of the container's configuration, which the engine's users can
read. With --delivery sealed it is not: the program sees the same variables, and the
engine's record of the container holds no value. A secret whose target is a path is a
file in memory in either, for whatever folder has nothing else in it:
--secret NAME,target=/run/secrets/x. docs/delivery.md says who can read what.

What is run is saved before the start as a RunConfig, under --name or the name of the
server or image: references to secrets, and the names of env files and of inherited
variables, never their values. A value that -e sets is saved as it is, as is that of a
plain variable of the registry, and so are ARGS: what is secret belongs into --secret.

--from-config runs what a RunConfig says. What that requires and does not say is asked
for as above, and stored nowhere.
Beside it go --name, --pull, --dry-run, --no-masking, --allow-reserved-target and
--yes. It asks before it hands to an image what that has not had before: a secret, an
inherited variable, an env file, a volume or a folder of this machine, a network that is
the host's or has a name, or a port that is published beyond this machine. --yes answers,
and --dry-run lists all of it. Only a RunConfig that was saved here can refer to what
was stored for a workload.

With -d the workload outlives this command: a supervisor of its own starts it again
after its end, as --restart says, and writes its log, with values replaced. Nobody is
asked for what is missing. See thv list, logs, status, stop, start, restart and rm.`,
		Example: `  thv run github
  thv run example/server --secret api-key,target=API_KEY --delivery sealed
  thv run example/server --env-file .env -v ./data:/data:ro -- --verbose
  thv run --from-config server.json
  thv run -d github`,
		Args: checkArguments,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if len(args) > 0 {
				o.image, o.args = args[0], args[1:]
			}
			o.pulls = cmd.Flags().Changed("pull")
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	o.inject.Register(cmd.Flags())
	o.container.register(cmd.Flags())
	cmd.Flags().BoolVarP(&o.detach, detach, "d", false, "return once the container runs, and leave it to a supervisor")
	cmd.Flags().BoolVar(&o.noMasking, "no-masking", false, "do not replace values in the output")
	cmd.Flags().StringVar(&o.registry, "registry", "", "`file` with a registry, instead of the configured one")
	cmd.Flags().StringVar(&o.from, fromConfig, "", "run what a RunConfig `file` in JSON says, '-' for standard input")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "answer yes to what would be asked")
	return cmd
}

func run(ctx context.Context, o options) error {
	if err := o.checkDetach(); err != nil {
		return err
	}
	read, err := o.plan(ctx)
	if err != nil {
		return err
	}
	if o.detach && !o.inject.DryRun() {
		return o.runDetached(ctx, read)
	}
	runtime, err := o.runtime(ctx)
	if err != nil {
		return err
	}
	p, err := read()
	if err != nil {
		return err
	}
	prepared, err := inject.Prepare(o.app, &p.spec, p.terms)
	if err != nil {
		return p.placed(err)
	}
	if err := o.checkFree(p); err != nil {
		return err
	}
	if o.inject.DryRun() {
		if err := o.foretell(p, p.handed(prepared.Foreseen())); err != nil {
			return err
		}
		return prepared.Explain(ctx)
	}
	if err := o.consent(ctx, p, p.handed(prepared.Foreseen())); err != nil {
		return err
	}
	environment, err := prepared.Resolve(ctx)
	if err != nil {
		return err
	}
	if err := o.save(p, p.handed(prepared.Subjects())); err != nil {
		return err
	}
	if url := URL(p.spec); url != "" && o.app.Globals.Output != terminal.JSON {
		command.Say(o.app.Streams, "The server is to answer at %s.", url)
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: runtime, Spec: p.spec, Environment: environment,
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
