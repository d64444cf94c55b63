// Package supervise is thv supervise, which a detached workload's supervisor is.
package supervise

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/command/inject"
	"github.com/thv-secrets/thv/apps/cli/internal/command/run"
	"github.com/thv-secrets/thv/apps/cli/internal/detach"
	"github.com/thv-secrets/thv/apps/cli/internal/renew"
	"github.com/thv-secrets/thv/apps/cli/internal/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/status"
	"github.com/thv-secrets/thv/apps/cli/internal/supervisor"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

type options struct {
	factory *command.Factory
	name    string
	// handed is whether another command started this one.
	handed bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{factory: f}
	cmd := &cobra.Command{
		Use:    detach.Verb + " NAME",
		Short:  "Supervise a detached workload, in the foreground",
		Hidden: true,
		Args:   command.Names("NAME", 1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.name = args[0]
			f.NoInput()
			ctx, stop := signal.NotifyContext(cmd.Context(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			if !o.handed {
				return o.alone(ctx)
			}
			return o.handedOver(ctx)
		},
	}
	cmd.Flags().BoolVar(&o.handed, detach.HandOver, false, "")
	return cmd
}

// handedOver is for a supervisor that thv run -d or thv start has started.
func (o options) handedOver(ctx context.Context) error {
	streams := o.factory.Streams()
	message, answers, gone, err := detach.Accept(streams.In, streams.Out)
	if err != nil {
		return err
	}
	o.factory.Hand(message.Password)
	config := supervisor.Config{
		Persist: message.Persist, Progress: answers.Progress, Abandoned: gone,
		Started: func(st status.Status, err error) {
			answers.Started(st, err)
			detach.LetGo(streams.In, streams.Out)
		},
	}
	if err = o.supervise(ctx, config); err != nil {
		answers.Failed(err)
	}
	return err
}

// alone is for one that a person or an init system has started. It hands nothing to
// an image that has not had it.
func (o options) alone(ctx context.Context) error {
	streams := o.factory.Streams()
	return o.supervise(ctx, supervisor.Config{
		Persist:  true,
		Progress: func(text string) { fmt.Fprint(streams.Err, text) },
		Started: func(st status.Status, err error) {
			command.Say(streams, "%s: %s", st.Name, st.State)
			if err != nil {
				command.Say(streams, "%v", err)
			}
		},
	})
}

func (o options) supervise(ctx context.Context, c supervisor.Config) error {
	a, err := o.factory.App()
	if err != nil {
		return err
	}
	runtime, err := a.Container(ctx)
	if err != nil {
		return err
	}
	if c.Spec, err = a.RunConfigs.Load(o.name); err != nil {
		return err
	}
	if !o.handed {
		if err := granted(a, c.Spec, o.name); err != nil {
			return err
		}
	}
	c.Name, c.Runtime, c.URL = o.name, runtime, run.URL(c.Spec)
	var s *supervisor.Supervisor
	source, err := renew.New(renew.Config{
		App: a, Spec: c.Spec, Terms: terms,
		Apply: func(ctx context.Context, environment workload.Environment, targets []string) error {
			return s.Rotate(ctx, environment, targets)
		},
		Report: func(state rotation.State) { s.ReportSecrets(state) },
	})
	if err != nil {
		return err
	}
	c.Resolve = source.Environment
	c.Statuses, c.SocketFolders = a.Statuses, a.SocketFolders
	c.LogPath = a.Statuses.LogPath(o.name)
	s, err = supervisor.New(c)
	if errors.Is(err, status.ErrHeld) {
		return fmt.Errorf("%w: %s runs already", secret.ErrConflict, o.name)
	}
	if err != nil {
		return err
	}
	watching, done := context.WithCancel(ctx)
	defer done()
	go source.Watch(watching)
	return s.Run(ctx)
}

// terms are those of what is saved: who saved it has allowed its targets.
var terms = inject.Terms{System: true, Reserved: true, Detached: true, Files: true}

func granted(a *app.App, spec workload.Spec, name string) error {
	prepared, err := inject.Prepare(a, &spec, terms)
	if err != nil {
		return err
	}
	missing, err := a.RunConfigs.Ungranted(spec.Image, run.Handed(spec, prepared.Subjects()))
	if err == nil && len(missing) > 0 {
		err = terminal.Usagef("%s has not been given to image %s before; thv start %s asks about that", strings.Join(missing, ", "), spec.Image, name)
	}
	return err
}
