// Package restart is thv restart.
package restart

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/run"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

type options struct {
	app     *app.App
	names   []string
	timeout time.Duration
	yes     bool
	all     bool
	// ignored are protective fields that are not to be heeded by one that is started.
	ignored []string
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "restart {NAME… | --all}",
		Short: "Restart detached workloads",
		Long: `Restart detached workloads. The secrets are looked up first, so that a changed one
arrives; where that fails, the workload goes on as it is. One that does not run is
started, as by thv start; --all restarts those that run. A changed RunConfig counts from the next stop and start. What an env file
would give the workload beyond what was consented to is asked about.`,
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
			if o.all {
				if o.names, err = running(o.app); err != nil {
					return err
				}
			}
			for _, name := range o.names {
				if err := runconfig.CheckName(name); err != nil {
					return err
				}
			}
			return command.Each(cmd.Context(), o.app, o.names, o.one)
		},
	}
	command.TimeoutVar(cmd.Flags(), &o.timeout, supervisor.DefaultGrace)
	cmd.Flags().BoolVarP(&o.all, "all", "a", false, "restart all that run")
	cmd.Flags().StringArrayVar(&o.ignored, "ignore", nil, "start one that does not run without a protection that what is saved asks for and thv does not give: its `field`")
	cmd.Flags().BoolVar(&o.yes, "yes", false, "answer yes to what would be asked")
	return cmd
}

// running are those that have a supervisor.
func running(a *app.App) ([]string, error) {
	names, err := a.Statuses.Names()
	return slices.DeleteFunc(names, func(name string) bool { return !a.Statuses.Alive(name) }), err
}

func (o options) one(ctx context.Context, name string) (command.Outcome, error) {
	st, err := o.restart(ctx, name)
	if err != nil {
		return command.Outcome{}, fmt.Errorf("%s: %w", name, err)
	}
	return command.Outcome{Changed: true, Status: &st, Said: "Restarted " + name + "."}, nil
}

func (o options) restart(ctx context.Context, name string) (status.Status, error) {
	if !o.app.Statuses.Alive(name) {
		return run.Start(ctx, o.app, name, run.StartOptions{Yes: o.yes, Ignore: o.ignored})
	}
	st, err := o.app.Statuses.Read(name)
	if err != nil {
		return st, err
	}
	err = o.order(ctx, st.Socket)
	var refused *access.UngrantedError
	if errors.As(err, &refused) {
		if err := run.GrantMore(ctx, o.app, refused, o.yes); err != nil {
			return st, err
		}
		err = o.order(ctx, st.Socket)
	}
	if errors.Is(err, control.ErrNobody) {
		err = fmt.Errorf("%w: %w; thv stop %s and thv start %s do the same", secret.ErrUnavailable, err, name, name)
	}
	if err != nil {
		return st, err
	}
	return o.app.Statuses.Read(name)
}

func (o options) order(ctx context.Context, socket string) error {
	_, err := control.Call(ctx, socket, control.Request{Verb: control.Restart, Grace: o.timeout})
	return err
}
