// Package run is thv run.
package run

import (
	"context"
	_ "embed"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/foreground"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// long is the verb's help.
//
//go:embed run.md
var long string

type options struct {
	app       *app.App
	inject    inject.Options
	container container
	image     string
	args      []string
	registry  string
	// isImage says that image is not to be looked up in the registry.
	isImage   bool
	from      string
	noMasking bool
	// foreground is what a run is without detach.
	foreground bool
	// detach leaves the workload to a supervisor, and persist has that try a first
	// start again.
	detach, persist bool
	yes             bool
	// ignored are protective fields of a RunConfig that are not to be heeded.
	ignored []string
	// pulls says that --pull was given.
	pulls bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{inject: inject.Options{Container: true}}
	cmd := &cobra.Command{
		Use:   "run {NAME_OR_IMAGE | --from-config FILE} [flags] [-- ARGS]",
		Short: "Run a container with secrets in its environment",
		Long:  strings.TrimSpace(long),
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
	cmd.Flags().BoolVarP(&o.foreground, "foreground", "f", false, "stay with the container until it ends, which is the default")
	cmd.Flags().BoolVar(&o.noMasking, "no-masking", false, "do not replace values in the output")
	cmd.Flags().BoolVar(&o.isImage, "image", false, "take NAME_OR_IMAGE for an image, also if it has neither tag, digest nor '/'")
	cmd.Flags().StringVar(&o.registry, "registry", "", "`file` with a registry, instead of the configured one")
	cmd.Flags().StringVar(&o.from, fromConfig, "", "run what a RunConfig `file` in JSON says, '-' for standard input")
	cmd.Flags().StringArrayVar(&o.ignored, ignore, nil, "with --from-config: run without a protection that the RunConfig asks for and thv does not give: its `field`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "answer yes to what would be asked")
	return cmd
}

func run(ctx context.Context, o options) (err error) {
	if err := o.checkDetach(); err != nil {
		return err
	}
	if len(o.ignored) > 0 && o.from == "" {
		return secret.Usagef("--%s goes with --%s", ignore, fromConfig)
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
	if err == nil {
		err = p.placed(o.checkEngine(ctx, runtime, p.spec))
	}
	if err != nil {
		return err
	}
	prepared, err := inject.Prepare(o.app.Parts(), &p.spec, p.terms)
	if err != nil {
		return p.placed(err)
	}
	_, p.apart = o.app.Statuses.Attended(p.spec.Name)
	if err := o.blocked(p); err != nil {
		return err
	}
	if o.inject.DryRun() {
		return o.dryRun(ctx, p, prepared)
	}
	if once := prepared.Once(); len(once) > 0 {
		p.apart = true
		o.app.Streams.Say("This run is not saved: the env file %s can be read only once.", shown(once[0]))
	}
	environment, err := prepared.Resolve(ctx, func(ctx context.Context, items []access.Item) error { return o.consent(ctx, p, items) })
	if err != nil {
		return err
	}
	here, err := o.attend(ctx, runtime, &p)
	if err != nil {
		return err
	}
	defer func() { here.end(err) }()
	saves, err := o.prepareSaving(p, prepared.Items())
	if err != nil {
		return err
	}
	if url := URL(p.spec); url != "" && o.app.Globals.Output != terminal.JSON {
		o.app.Streams.Say("The server is to answer at %s.", url)
	}
	return foreground.Run(ctx, foreground.Workload{
		Runtime: runtime, Spec: here.spec(p), Environment: environment,
		Streams: o.app.Streams, Masking: !o.noMasking,
		Started: saves.started,
	})
}

// runtime opens the engine, which a dry run does not need.
func (o options) runtime(ctx context.Context) (workload.Runtime, error) {
	if o.inject.DryRun() {
		return nil, nil
	}
	return o.app.Container(ctx)
}

// checkEngine refuses what the engine in use does not have. It is asked only if spec has
// something of the kind, then also by a dry run, which has not opened it. A RunConfig on
// standard input cannot be read again once it is open.
func (o options) checkEngine(ctx context.Context, runtime workload.Runtime, spec workload.Spec) (err error) {
	chowns := func(text string) bool { v, err := workload.ParseVolume(text); return err == nil && v.Chown }
	i := slices.IndexFunc(spec.Volumes, chowns)
	if i < 0 || runtime == nil && o.from == "-" {
		return nil
	}
	if runtime == nil {
		if runtime, err = o.app.Container(ctx); err != nil {
			return err
		}
	}
	described, is := runtime.(workload.Described)
	if !is {
		return nil
	}
	engine, err := described.Describe(ctx)
	if err == nil && engine.Name != "Podman" {
		err = secret.Usagef("--volume %d has the option U, which Podman has and %s does not", i+1, engine.Name)
	}
	return err
}

func (o options) dryRun(ctx context.Context, p plan, prepared *inject.Prepared) error {
	if err := o.foretell(p, prepared.Items()); err != nil {
		return err
	}
	return prepared.Explain(ctx)
}
