// Package start is thv start.
package start

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/detach"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

// Options are the arguments and options of the verb.
type Options struct {
	Names    []string
	All, Yes bool
	// Ignored are protective fields that are not to be heeded.
	Ignored []string
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "start {NAME… | --all}",
		Short: "Start saved workloads, detached",
		Long: `Start each saved workload NAME in the background, as thv run -d does. It is not
an error if a workload runs already.

With --all, start the workloads that were running when this machine or their
supervisor went down: all detached workloads that were not stopped since. If the
engine does not respond yet, the start is tried again. thv service runs this at
login.`,
		Example: `  # Start a saved workload
  thv start web

  # Start all workloads that ran before a reboot
  thv start --all`,
		Args:              command.NamesOrAll(&o.All),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Names = command.Unique(args)
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVarP(&o.All, "all", "a", false, "start all workloads that ran and were not stopped")
	cmd.Flags().StringArrayVar(&o.Ignored, "ignore", nil, "start although thv does not support the protection of this `field`")
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "skip confirmation prompts")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) (err error) {
	names := o.Names
	for _, name := range names {
		if err := runconfig.CheckName(name); err != nil {
			return err
		}
	}
	if o.All {
		if names, err = wanted(a); err != nil {
			return err
		}
	}
	return command.Each(ctx, a, names, func(ctx context.Context, name string) (command.Outcome, error) { return o.one(ctx, a, name) })
}

// wanted returns the workloads that should run and do not. It skips and reports those whose status
// a later thv has written.
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
		if (err == nil && st.ShouldRun || errors.Is(err, secret.ErrCorrupt)) && !a.Statuses.HasSupervisor(name) {
			all = append(all, name)
		}
	}
	return all, nil
}

func (o *Options) one(ctx context.Context, a *app.App, name string) (command.Outcome, error) {
	st, err := a.Detacher(a.Consent(o.Yes, false)).Start(ctx, name, detach.Options{Persist: o.All, Ignore: o.Ignored})
	if errors.Is(err, status.ErrHeld) || err != nil && a.Statuses.HasSupervisor(name) {
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
