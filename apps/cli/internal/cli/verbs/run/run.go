// Package run is thv run.
package run

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/start"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// long is the verb's help.
//
//go:embed run.md
var long string

// Options are the arguments and options of the verb.
type Options struct {
	// Line describes the container, unless From names a RunConfig.
	Line describe.CommandLine
	From string
	// Pulls is true if --pull is given.
	Pulls bool
	// Ignored are protective fields of a RunConfig that are not to be heeded.
	Ignored []string
	// Detach leaves the workload to a supervisor. Foreground is the default.
	Detach, Foreground     bool
	DryRun, NoMasking, Yes bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	o.Line.Environment.Container = true
	cmd := &cobra.Command{
		Use:   "run {NAME_OR_IMAGE | --from-config FILE} [flags] [-- ARGS]",
		Short: "Run a container with secrets in its environment",
		Long:  strings.TrimSpace(long),
		Example: `  # Run a server of the registry, as an MCP client would
  thv run github

  # Run an image in the background, with a secret that the engine cannot read
  thv run -d example/server --secret api-key,target=API_KEY --delivery sealed

  # Run an image with an env file, a volume and an argument
  thv run example/server --env-file .env -v ./data:/data:ro -- --verbose

  # Run what thv export has written
  thv run --from-config server.json`,
		Args: checkArguments,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				o.Line.Image, o.Line.Args = args[0], args[1:]
			}
			o.Pulls = cmd.Flags().Changed(pull)
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	register(cmd, o)
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	if err := o.check(); err != nil {
		return err
	}
	read, err := o.describe(ctx, a)
	if err != nil {
		return err
	}
	if o.Detach && !o.DryRun {
		return o.detached(ctx, a, read)
	}
	return o.foreground(ctx, a, read)
}

// describe returns a function that reads the plan. The command line and the registry are read
// before the engine is opened. A RunConfig is read afterwards, since opening may replace this
// process, and standard input can be read only once.
func (o *Options) describe(ctx context.Context, a *app.App) (read func() (describe.Plan, error), err error) {
	describer := a.Describer()
	if o.From == "" {
		p, err := describer.CommandLine(ctx, o.Line, o.Detach)
		return func() (describe.Plan, error) { return p, nil }, err
	}
	file := describe.File{Path: o.From, Name: o.Line.Name, Ignored: o.Ignored, Prepare: o.Line.Environment.PrepareOptions()}
	if o.Pulls {
		file.Pull = &o.Line.Pull
	}
	return func() (describe.Plan, error) { return describer.RunConfig(file) }, nil
}

func (o *Options) foreground(ctx context.Context, a *app.App, read func() (describe.Plan, error)) error {
	open := func(ctx context.Context) (workload.Runtime, error) { return a.Container(ctx) }
	var runtime workload.Runtime
	var err error
	if !o.DryRun { // which needs no engine
		if runtime, err = open(ctx); err != nil {
			return err
		}
		open = func(context.Context) (workload.Runtime, error) { return runtime, nil }
	}
	if runtime == nil && o.From == runconfig.Standard {
		open = nil // standard input cannot be read again once the engine is opened
	}
	p, err := plan(ctx, a, read, open)
	if err != nil {
		return err
	}
	foreground := a.Foreground(a.Consent(o.Yes, o.From == runconfig.Standard))
	if o.DryRun {
		report, err := foreground.Explain(ctx, p)
		return command.Explained(a, report, err)
	}
	foreground.Masking = !o.NoMasking
	if a.Globals.Output != terminal.JSON {
		foreground.Announce = func(url string) { sayURL(a, url) }
	}
	return foreground.Run(ctx, runtime, p)
}

// plan reads the Plan, and refuses options that the engine does not support, unless open is nil.
// Opening the engine may replace this process by one that reads the Plan again, so ignored fields
// are reported afterwards.
func plan(ctx context.Context, a *app.App, read func() (describe.Plan, error), open func(context.Context) (workload.Runtime, error)) (describe.Plan, error) {
	p, err := read()
	if err != nil {
		return p, err
	}
	if open != nil {
		err = checkEngine(ctx, open, p)
	}
	a.Describer().SayUnheeded(p)
	return p, err
}

// checkEngine adds the file to an error about an option that the engine does not support. An error
// of the engine itself is not about a file.
func checkEngine(ctx context.Context, open func(context.Context) (workload.Runtime, error), p describe.Plan) error {
	err := start.CheckEngine(ctx, open, p.Spec)
	if errors.Is(err, secret.ErrUsage) {
		err = p.WrapError(err)
	}
	return err
}

func (o *Options) detached(ctx context.Context, a *app.App, read func() (describe.Plan, error)) error {
	open := func(ctx context.Context) (workload.Runtime, error) { return a.Container(ctx) }
	if o.From == runconfig.Standard { // as in the foreground
		open = nil
	}
	p, err := plan(ctx, a, read, open)
	if err != nil {
		return err
	}
	st, err := a.Detacher(a.Consent(o.Yes, o.From == runconfig.Standard)).Run(ctx, p)
	if err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, st)
	}
	if st.URL != "" {
		sayURL(a, st.URL)
	}
	_, err = fmt.Fprintln(a.Streams.Out, st.Name)
	return err
}

func sayURL(a *app.App, url string) { a.Streams.Say("The server is to answer at %s.", url) }
