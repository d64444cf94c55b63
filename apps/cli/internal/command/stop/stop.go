// Package stop is thv stop.
package stop

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/roster"
	"github.com/thv-secrets/thv/apps/cli/internal/status"
	"github.com/thv-secrets/thv/apps/cli/internal/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
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
run is no error.`,
		Args:              command.NamesOrAll(&o.all),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			if o.timeout <= 0 {
				return terminal.Usagef("--timeout is a duration above zero, such as 30s")
			}
			o.names = command.Unique(args)
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.all, "all", false, "stop all of them")
	cmd.Flags().DurationVar(&o.timeout, "timeout", supervisor.DefaultGrace, "how long a workload may take to end by itself")
	return cmd
}

func run(ctx context.Context, o options) error {
	r := roster.New(o.app)
	look := func() ([]status.Status, error) { return r.Of(ctx, o.names) }
	if o.all {
		look = func() ([]status.Status, error) { return r.All(ctx) }
	}
	found, err := look()
	if err != nil {
		return err
	}
	known := map[string]status.Status{}
	var names []string
	for _, st := range found {
		known[st.Name] = st
		names = append(names, st.Name)
	}
	return command.Each(ctx, o.app, names, func(ctx context.Context, name string) (command.Outcome, error) {
		ran, err := r.Stop(ctx, known[name], o.timeout)
		outcome := command.Outcome{Changed: ran}
		switch {
		case ran:
			outcome.Said = "Stopped " + name + "."
		case !o.all:
			outcome.Said = name + " does not run."
		}
		if st, readErr := o.app.Statuses.Read(name); readErr == nil {
			outcome.Status = &st
		}
		return outcome, err
	})
}
