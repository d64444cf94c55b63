// Package doctor is thv doctor.
package doctor

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	// wait bounds all checks together, which run side by side.
	wait = 12 * time.Second
	// grace is what a check gets after that to say what it was waiting for.
	grace = time.Second
)

// Options are the arguments and options of the verb.
type Options struct {
	Offline bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check what secrets depend on, and report fixes",
		Long: `Check the files and their modes, every source of the encrypted store's password,
every provider in use, the container engine and the clock. Each finding is ok,
warning, failure or skipped, with a command that fixes it if there is one.

It never prompts, changes nothing and prints no secret. It exits with 1 if there
is a failure, and with 0 if there is none.`,
		Example: `  # Check everything
  thv doctor

  # Check without the network, and print JSON
  thv doctor --offline --output json`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			f.IgnoreConfigErrors()
			f.NoResident()
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVar(&o.Offline, "offline", false, "skip providers that may need the network")
	return cmd
}

// run opens the container engine first: in the executable without its client that
// carries on in the other one, and nothing may have been read before that can be
// read only once.
func run(ctx context.Context, a *app.App, o *Options) error {
	runtime, err := a.Container(ctx)
	var done *terminal.StatusError
	if errors.As(err, &done) {
		return err // the other executable has said it all
	}
	limited, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	e := newExamination(limited, a, o)
	e.runtime, e.engineErr = runtime, err
	r := newReport(sideBySide(limited, []check{
		{"files", e.files}, {"ladder", e.passwordSources}, {"chain", e.chain}, {"engine", e.engine}, {"clock", e.clock},
	}))
	if err := r.write(a.Streams.Out, a.Globals.Output); err != nil {
		return err
	}
	if r.Status == failure {
		return &terminal.StatusError{Status: terminal.ExitOther}
	}
	return nil
}

// examination is what the checks share.
type examination struct {
	app     *app.App
	offline bool
	now     func() time.Time
	// runtime is the container engine; nil if engineErr is set.
	runtime   workload.Runtime
	engineErr error
	// configErr is why the configuration file cannot be used.
	configErr error
	// configNotes are about what nothing reads in it.
	configNotes []string
	// chainErr is why the chain cannot be made of it and the environment.
	chainErr error
	// diagnose tries the password sources once.
	diagnose func() (unlock.Diagnosis, error)
}

func newExamination(ctx context.Context, a *app.App, o *Options) *examination {
	loaded, err := settings.Load(string(a.ConfigPath), a.Providers.Reserved...)
	return &examination{
		app: a, offline: o.Offline, now: time.Now, configErr: err, configNotes: loaded.Notes, chainErr: a.Providers.Mistake,
		diagnose: sync.OnceValues(func() (unlock.Diagnosis, error) { return a.Vault.Diagnose(ctx) }),
	}
}

// check is one kind of findings.
type check struct {
	name string
	run  func(context.Context) []finding
}

// sideBySide runs the checks, and returns their findings in the checks' order. One
// that does not end in time is left behind: the process ends soon.
func sideBySide(ctx context.Context, checks []check) []finding {
	answers := make([]chan []finding, len(checks))
	for i, c := range checks {
		answers[i] = make(chan []finding, 1)
		go func() { answers[i] <- c.run(ctx) }()
	}
	over := make(chan struct{})
	defer context.AfterFunc(ctx, func() { time.AfterFunc(grace, func() { close(over) }) })()
	var all []finding
	for i, c := range checks {
		found := []finding{{Subject: c.name, Status: failure, Detail: "did not end in time"}}
		select {
		case found = <-answers[i]:
		case <-over:
			select { // a finding that is ready counts
			case found = <-answers[i]:
			default:
			}
		}
		for _, f := range found {
			f.Check = c.name
			all = append(all, f)
		}
	}
	return all
}
