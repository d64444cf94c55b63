// Package logs is thv logs.
package logs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

// Options are the arguments and options of the verb.
type Options struct {
	Name, Since      string
	Tail             int
	Follow, Previous bool
	Timestamps       bool
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Print the output of a detached workload",
		Long: `Print the output of a detached workload: its standard output on standard output,
its standard error on standard error, with secrets replaced by [redacted]. With
--output json, each line is an object on standard output with the fields time,
stream, text, and partial if the line continues in the next object.

A log is rotated at 10 MiB; --previous prints the rotated one.`,
		Example: `  # Print the log, and follow it until the workload is stopped
  thv logs -f web

  # Print at most 100 lines of the last ten minutes, with their times
  thv logs --tail 100 --since 10m --timestamps web`,
		Args:              command.Names("NAME", 1, 1),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.Follow, "follow", "f", false, "follow the log until the workload is stopped")
	flags.IntVar(&o.Tail, "tail", -1, "print only the last `lines`")
	flags.StringVar(&o.Since, "since", "", "print only lines since `time`: RFC 3339, or an age such as 10m")
	flags.BoolVarP(&o.Timestamps, "timestamps", "t", false, "print the time before each line")
	flags.BoolVar(&o.Previous, "previous", false, "print the rotated log")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	query, err := o.query(a, time.Now())
	if err != nil {
		return err
	}
	if err := o.known(a); err != nil {
		return err
	}
	return logfile.Read(ctx, a.Statuses.LogPath(o.Name), query, o.printer(a))
}

func (o *Options) query(a *app.App, now time.Time) (logfile.Query, error) {
	q := logfile.Query{Tail: o.Tail, Previous: o.Previous}
	if o.Previous && o.Follow {
		return q, secret.Usagef("--previous and --follow exclude each other")
	}
	if o.Follow {
		q.Follow = func() bool { return a.Statuses.HasSupervisor(o.Name) }
	}
	if o.Since == "" {
		return q, nil
	}
	if ago, err := time.ParseDuration(o.Since); err == nil && ago >= 0 {
		q.Since = now.Add(-ago)
		return q, nil
	}
	var err error
	if q.Since, err = time.Parse(time.RFC3339, o.Since); err != nil {
		return q, secret.Usagef("--since is a time such as 2026-01-02T15:04:05Z, or how long ago, such as 10m")
	}
	return q, nil
}

// known returns an error if there is no such workload.
func (o *Options) known(a *app.App) error {
	if err := runconfig.CheckName(o.Name); err != nil {
		return err
	}
	if _, err := a.Statuses.Read(o.Name); !errors.Is(err, secret.ErrNotFound) {
		return nil
	}
	if run, lives, known := a.Statuses.RunOf(o.Name); known {
		verb := "was run"
		if lives {
			verb = "runs"
		}
		return fmt.Errorf("%w: %s %s in the foreground, in process %d: what it prints goes there, and is in no log", secret.ErrNotFound, o.Name, verb, run.PID)
	}
	if _, err := a.RunConfigs.Load(o.Name); errors.Is(err, secret.ErrNotFound) {
		return fmt.Errorf("%w: there is no workload %s; thv list --all lists all", secret.ErrNotFound, o.Name)
	}
	return nil
}

func (o *Options) printer(a *app.App) func(logfile.Entry) error {
	if a.Globals.Output == terminal.JSON {
		return func(e logfile.Entry) error { return terminal.WriteJSONLine(a.Streams.Out, e) }
	}
	s := a.Streams.Raw()
	// A part of a line is followed by its rest without another time.
	var open [2]bool
	return func(e logfile.Entry) error {
		which, to := 0, s.Out
		if e.Stream == logfile.Err {
			which, to = 1, s.Err
		}
		text := e.Text
		if o.Timestamps && !open[which] {
			text = e.Time.UTC().Format(time.RFC3339Nano) + " " + text
		}
		if open[which] = e.Partial; !e.Partial {
			text += "\n"
		}
		_, err := io.WriteString(to, text)
		return err
	}
}
