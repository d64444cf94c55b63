// Package start is thv start.
package start

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/run"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

type options struct {
	app   *app.App
	names []string
	all   bool
	yes   bool
	// ignored are protective fields that are not to be heeded.
	ignored []string
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "start {NAME… | --all}",
		Short: "Start saved workloads, detached",
		Long: `Start what is saved under each NAME, detached, as thv run -d does. One that runs
already is no error.

--all starts those that ran when this machine, or their supervisor, went down: all
that were detached and not stopped since. One that cannot start because the engine
does not answer yet is tried again. See thv service, which has this done at login.`,
		Args:              command.NamesOrAll(&o.all),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.names = command.Unique(args)
			if o.app, err = f.App(); err != nil {
				return err
			}
			return start(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "start all that ran and were not stopped")
	cmd.Flags().StringArrayVar(&o.ignored, "ignore", nil, "run without a protection that what is saved asks for and thv does not give: its `field`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "answer yes to what would be asked")
	return cmd
}

func start(ctx context.Context, o options) (err error) {
	for _, name := range o.names {
		if err := runconfig.CheckName(name); err != nil {
			return err
		}
	}
	if o.all {
		if o.names, err = wanted(o.app); err != nil {
			return err
		}
	}
	return command.Each(ctx, o.app, o.names, o.one)
}

// wanted are those that do not run and should. What a later thv has written is left to
// that, and said.
func wanted(a *app.App) ([]string, error) {
	names, err := a.Statuses.Names()
	if err != nil {
		return nil, err
	}
	var all []string
	for _, name := range names {
		st, err := a.Statuses.Read(name)
		if errors.Is(err, status.ErrLater) {
			a.Streams.Say("%v", err)
		}
		// One that is damaged was cut off while it was being written, at a start.
		if (err == nil && st.Wanted || errors.Is(err, secret.ErrCorrupt)) && !a.Statuses.Alive(name) {
			all = append(all, name)
		}
	}
	return all, nil
}

func (o options) one(ctx context.Context, name string) (command.Outcome, error) {
	st, err := run.Start(ctx, o.app, name, run.StartOptions{Yes: o.yes, Persist: o.all, Ignore: o.ignored})
	if errors.Is(err, status.ErrHeld) || err != nil && o.app.Statuses.Alive(name) {
		return command.Outcome{Said: name + " runs already."}, nil
	}
	if err != nil {
		return command.Outcome{}, fmt.Errorf("%s: %w", name, err)
	}
	outcome := command.Outcome{Changed: true, Status: &st, Said: "Started " + name + "."}
	if st.State != status.Running {
		outcome.Said = name + " does not run yet, and is tried again; see: thv status " + name
	}
	return outcome, nil
}
