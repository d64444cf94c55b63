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
	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/detach"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// Options are the arguments and options of the verb.
type Options struct {
	Names    []string
	Timeout  time.Duration
	All, Yes bool
	// Ignored are protective fields that are not to be heeded by a workload that is started.
	Ignored []string
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "restart {NAME… | --all}",
		Short: "Restart detached workloads",
		Long: `Restart detached workloads with the present values of their secrets. If the
secrets cannot be resolved, the workload keeps running. A stopped workload is
started, as by thv start; --all restarts only running ones.

A changed RunConfig takes effect after thv stop and thv start. If an env file
now gives the workload more than was granted, thv asks for confirmation.`,
		Example: `  # Restart a workload with a changed secret
  thv restart web

  # Restart all workloads that are running
  thv restart --all`,
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
	command.TimeoutVar(cmd.Flags(), &o.Timeout, supervisor.DefaultGrace)
	cmd.Flags().BoolVarP(&o.All, "all", "a", false, "restart all running workloads")
	cmd.Flags().StringArrayVar(&o.Ignored, "ignore", nil, "start a stopped workload although thv does not support the protection of this `field`")
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "skip confirmation prompts")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) (err error) {
	names := o.Names
	if o.All {
		if names, err = running(a); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := runconfig.CheckName(name); err != nil {
			return err
		}
	}
	return command.Each(ctx, a, names, func(ctx context.Context, name string) (command.Outcome, error) { return o.one(ctx, a, name) })
}

// running are those that have a supervisor.
func running(a *app.App) ([]string, error) {
	names, err := a.Statuses.Names()
	return slices.DeleteFunc(names, func(name string) bool { return !a.Statuses.HasSupervisor(name) }), err
}

func (o *Options) one(ctx context.Context, a *app.App, name string) (command.Outcome, error) {
	st, err := o.restart(ctx, a, name)
	if err != nil {
		return command.Outcome{}, fmt.Errorf("%s: %w", name, err)
	}
	return command.Outcome{Changed: true, Status: &st, Said: "Restarted " + name + "."}, nil
}

func (o *Options) restart(ctx context.Context, a *app.App, name string) (status.Status, error) {
	detacher := a.Detacher(a.Consent(o.Yes, false))
	if !a.Statuses.WaitSupervised(name, status.EndWait) {
		return detacher.Start(ctx, name, detach.Options{Ignore: o.Ignored})
	}
	st, err := a.Statuses.Read(name)
	if err != nil {
		return st, err
	}
	err = o.order(ctx, st.Socket)
	var refused *access.UngrantedError
	if errors.As(err, &refused) {
		if err := detacher.GrantMore(ctx, refused); err != nil {
			return st, err
		}
		err = o.order(ctx, st.Socket)
	}
	if errors.Is(err, control.ErrNoResponse) {
		err = fmt.Errorf("%w: %w; thv stop %s and thv start %s do the same", secret.ErrUnavailable, err, name, name)
	}
	if err != nil {
		return st, err
	}
	return a.Statuses.Read(name)
}

func (o *Options) order(ctx context.Context, socket string) error {
	_, err := control.Call(ctx, socket, control.Request{Verb: control.Restart, Grace: o.Timeout})
	return err
}
