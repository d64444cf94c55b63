// Package stop is thv stop.
package stop

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/inventory"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
)

// Options are the arguments and options of the verb.
type Options struct {
	Names   []string
	All     bool
	Timeout time.Duration
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "stop {NAME… | --all}",
		Short: "Stop detached workloads",
		Long: `Stop detached workloads, and return once they have ended and their containers
are removed. thv start --all does not start a stopped workload again. It is not
an error if a workload is not running. It is an error if it runs in the
foreground: it ends with its own command. If a NAME is unknown, the others are
stopped, and the exit code is 3.`,
		Example: `  # Stop a workload, and give it a minute to end by itself
  thv stop --timeout 1m web

  # Stop all detached workloads
  thv stop --all`,
		Args:              command.NamesOrAll(&o.All),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := command.CheckTimeout(o.Timeout); err != nil {
				return err
			}
			o.Names = command.Unique(args)
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVarP(&o.All, "all", "a", false, "stop all detached workloads")
	command.TimeoutVar(cmd.Flags(), &o.Timeout, supervisor.DefaultGrace)
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	r := a.Inventory()
	found, unknown, err := o.look(ctx, r)
	if err != nil {
		return err
	}
	known := map[string]status.Status{}
	names := o.Names
	for _, st := range found {
		if _, again := known[st.Name]; again {
			continue // what is left of another run of that name goes with it
		}
		known[st.Name] = st
		if o.All {
			names = append(names, st.Name)
		}
	}
	return command.Each(ctx, a, names, func(ctx context.Context, name string) (command.Outcome, error) {
		if err := unknown[name]; err != nil {
			return command.Outcome{}, err
		}
		ran, err := r.Stop(ctx, known[name], o.Timeout)
		outcome := command.Outcome{Changed: ran}
		var attended *inventory.ForegroundError
		switch {
		case ran:
			outcome.Said = "Stopped " + name + "."
		case o.All && errors.As(err, &attended):
			outcome.Said, err = attended.Error(), nil // it was not detached
		case !o.All:
			outcome.Said = name + " does not run."
		}
		if st, readErr := a.Statuses.Read(name); readErr == nil {
			outcome.Status = &st
		}
		return outcome, err
	})
}

func (o *Options) look(ctx context.Context, r *inventory.Lister) (known []status.Status, unknown map[string]error, err error) {
	if !o.All {
		return r.Of(ctx, o.Names)
	}
	known, err = r.All(ctx)
	return known, nil, err
}
