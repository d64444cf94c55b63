// Package supervise is thv supervise, which a detached workload's supervisor is.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/handoff"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/refresh"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/consent"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the arguments and options of the verb.
type Options struct {
	Name string
	// HandedOver is true if another command started this one.
	HandedOver bool
}

// supervision is one run of the verb.
type supervision struct {
	*Options
	factory *command.Factory
	// message is the request of the command that started this one.
	message handoff.StartRequest
	// told is true after the start is over and the supervisor stays.
	told *atomic.Bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:    handoff.Verb + " NAME",
		Short:  "Supervise a detached workload, in the foreground",
		Hidden: true,
		Args:   command.Names("NAME", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			if runF != nil {
				return runF(o)
			}
			return run(cmd.Context(), supervision{Options: o, factory: f, told: new(atomic.Bool)})
		},
	}
	cmd.Flags().BoolVar(&o.HandedOver, handoff.HandshakeFlag, false, "")
	return cmd
}

// run assembles the supervisor only after it has read the request.
func run(ctx context.Context, s supervision) error {
	s.factory.NoInput()
	ctx, stop := signal.NotifyContext(ctx, os.Interrupt, syscall.SIGTERM)
	defer stop()
	if !s.HandedOver {
		return s.alone(ctx)
	}
	return s.handedOver(ctx)
}

// handedOver is for a supervisor that thv run -d or thv start has started.
func (o supervision) handedOver(ctx context.Context) error {
	streams := o.factory.Streams()
	message, answers, gone, err := handoff.Handshake(streams.In, streams.Raw().Out)
	if err != nil {
		return err
	}
	o.factory.InheritPassword(message.Password)
	o.message = message
	config := supervisor.Config{
		Persist: message.Persist, Replaces: message.Replaces, Progress: answers.Progress, Abandoned: gone,
		Started: func(st status.Status, err error) {
			o.told.Store(true)
			answers.Started(st, err)
			handoff.Detach(streams.In, streams.Raw().Out)
		},
	}
	if err = o.supervise(ctx, config); err != nil {
		answers.Failed(err)
	}
	return err
}

// alone is for a supervisor that a user or an init system has started. It hands nothing to
// the workload that it was not granted.
func (o supervision) alone(ctx context.Context) error {
	streams := o.factory.Streams()
	return o.supervise(ctx, supervisor.Config{
		Persist:  true,
		Progress: func(text string) { fmt.Fprint(streams.Err, text) },
		Started: func(st status.Status, err error) {
			o.told.Store(true)
			streams.Say("%s: %s", st.Name, st.State)
			if err != nil {
				streams.Say("%v", err)
			}
		},
	})
}

func (o supervision) supervise(ctx context.Context, c supervisor.Config) error {
	a, err := o.factory.App()
	if err != nil {
		return err
	}
	runtime, err := a.Container(ctx)
	if err != nil {
		return err
	}
	if err := o.describe(a, &c); err != nil {
		return err
	}
	c.Name, c.Runtime, c.URL = o.Name, runtime, describe.URL(c.Spec)
	var s *supervisor.Supervisor
	resolver, err := refresh.New(refresh.Config{
		Parts: a.Parts(), Detection: a.Providers.ChangeDetection, Volatile: a.Providers.Volatile, Files: a.Providers.Files(), Spec: c.Spec,
		Prepare: describe.SavedOptions, Consent: o.consent(a, c.Spec.Image).Check,
		Apply: func(ctx context.Context, environment workload.Environment, d rotate.Decision) error {
			return s.Rotate(ctx, environment, d)
		},
		Report: func(state rotation.State) { s.ReportSecrets(state) },
	})
	if err != nil {
		return err
	}
	c.Resolve = resolver.Environment
	c.Statuses, c.SocketFolders = a.Statuses, a.SocketFolders
	c.LogPath = a.Statuses.LogPath(o.Name)
	s, err = supervisor.New(c)
	if errors.Is(err, status.ErrHeld) {
		return fmt.Errorf("%w: %s runs already", secret.ErrConflict, o.Name)
	}
	if err != nil {
		return err
	}
	watching, done := context.WithCancel(ctx)
	defer done()
	go resolver.Watch(watching)
	return s.Run(ctx)
}

// describe sets the workload to run: the requested one, which is saved after its start, or the
// saved one.
func (o supervision) describe(a *app.App, c *supervisor.Config) (err error) {
	if o.message.Spec == nil {
		c.Spec, err = a.Describer().Supervised(o.Name)
		return err
	}
	c.Spec = *o.message.Spec
	spec, progress := c.Spec, c.Progress
	c.Commit = func() error {
		kept, err := a.RunConfigs.KeepGranted(runconfig.SaveTarget{Name: o.Name}, spec, o.message.Granted)
		if kept.Aside != "" {
			progress(fmt.Sprintf("What was saved as %s cannot be read, and is now %s.\n", kept.Name, kept.Aside))
		}
		return err
	}
	return nil
}

func (o supervision) consent(a *app.App, image string) consent.Supervised {
	return consent.Supervised{
		Grants: a.RunConfigs, Name: o.Name, Image: image, Granted: o.message.Granted,
		Running: o.told.Load, Starting: o.HandedOver,
	}
}
