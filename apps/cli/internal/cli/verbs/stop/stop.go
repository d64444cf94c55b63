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

type options struct {
	app     *app.App
	names   []string
	all     bool
	timeout time.Duration
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "stop {NAME… | --all}",
		Short: "Stop detached workloads",
		Long: `Stop detached workloads, and return once they have ended and their containers are
removed. What is stopped is not started again by thv start --all. One that does not
run is not an error; one that runs in the foreground ends with its own command, and is
an error. If a NAME is not known the others are stopped, and the exit code
is 3.`,
		Args:              command.NamesOrAll(&o.all),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if err := command.CheckTimeout(o.timeout); err != nil {
				return err
			}
			o.names = command.Unique(args)
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "stop all of them")
	command.TimeoutVar(cmd.Flags(), &o.timeout, supervisor.DefaultGrace)
	return cmd
}

func run(ctx context.Context, o options) error {
	r := o.app.Inventory()
	found, unknown, err := o.look(ctx, r)
	if err != nil {
		return err
	}
	known := map[string]status.Status{}
	names := o.names
	for _, st := range found {
		if _, again := known[st.Name]; again {
			continue // what is left of another run of that name goes with it
		}
		known[st.Name] = st
		if o.all {
			names = append(names, st.Name)
		}
	}
	return command.Each(ctx, o.app, names, func(ctx context.Context, name string) (command.Outcome, error) {
		if err := unknown[name]; err != nil {
			return command.Outcome{}, err
		}
		ran, err := r.Stop(ctx, known[name], o.timeout)
		outcome := command.Outcome{Changed: ran}
		var attended *inventory.ForegroundError
		switch {
		case ran:
			outcome.Said = "Stopped " + name + "."
		case o.all && errors.As(err, &attended):
			outcome.Said, err = attended.Error(), nil // it was not detached
		case !o.all:
			outcome.Said = name + " does not run."
		}
		if st, readErr := o.app.Statuses.Read(name); readErr == nil {
			outcome.Status = &st
		}
		return outcome, err
	})
}

func (o options) look(ctx context.Context, r *inventory.Roster) (known []status.Status, unknown map[string]error, err error) {
	if !o.all {
		return r.Of(ctx, o.names)
	}
	known, err = r.All(ctx)
	return known, nil, err
}
