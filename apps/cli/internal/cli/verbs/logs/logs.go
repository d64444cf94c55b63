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

type options struct {
	app              *app.App
	name, since      string
	tail             int
	follow, previous bool
	timestamps       bool
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "logs NAME",
		Short: "Print what a detached workload has printed",
		Long: `Print what a detached workload has printed: its standard output on standard output,
its standard error on standard error, with secrets replaced by [redacted]. With
--output json each line is an object on standard output: time, stream, text, and
partial where the line goes on in the next one.

A log is moved aside at 10 MiB; --previous prints the one that was.`,
		Example: `  thv logs -f web
  thv logs --tail 100 --since 10m --timestamps web`,
		Args:              command.Names("NAME", 1, 1),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.name = args[0]
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&o.follow, "follow", "f", false, "go on with what is printed, until the workload is stopped")
	flags.IntVar(&o.tail, "tail", -1, "print only the last `lines`")
	flags.StringVar(&o.since, "since", "", "print only what is newer: a `time` in RFC 3339, or how long ago, as in 10m")
	flags.BoolVarP(&o.timestamps, "timestamps", "t", false, "begin each line with its time")
	flags.BoolVar(&o.previous, "previous", false, "print the log that was moved aside")
	return cmd
}

func run(ctx context.Context, o options) error {
	query, err := o.query(time.Now())
	if err != nil {
		return err
	}
	if err := o.known(); err != nil {
		return err
	}
	return logfile.Read(ctx, o.app.Statuses.LogPath(o.name), query, o.printer(o.app.Streams))
}

func (o options) query(now time.Time) (logfile.Query, error) {
	q := logfile.Query{Tail: o.tail, Previous: o.previous}
	if o.previous && o.follow {
		return q, secret.Usagef("--previous and --follow exclude each other")
	}
	if o.follow {
		q.Follow = func() bool { return o.app.Statuses.Alive(o.name) }
	}
	if o.since == "" {
		return q, nil
	}
	if ago, err := time.ParseDuration(o.since); err == nil && ago >= 0 {
		q.Since = now.Add(-ago)
		return q, nil
	}
	var err error
	if q.Since, err = time.Parse(time.RFC3339, o.since); err != nil {
		return q, secret.Usagef("--since is a time such as 2026-01-02T15:04:05Z, or how long ago, such as 10m")
	}
	return q, nil
}

// known returns an error where there is no such workload.
func (o options) known() error {
	if err := runconfig.CheckName(o.name); err != nil {
		return err
	}
	if _, err := o.app.Statuses.Read(o.name); !errors.Is(err, secret.ErrNotFound) {
		return nil
	}
	if run, lives, known := o.app.Statuses.RunOf(o.name); known {
		verb := "was run"
		if lives {
			verb = "runs"
		}
		return fmt.Errorf("%w: %s %s in the foreground, in process %d: what it prints goes there, and is in no log", secret.ErrNotFound, o.name, verb, run.PID)
	}
	if _, err := o.app.RunConfigs.Load(o.name); errors.Is(err, secret.ErrNotFound) {
		return fmt.Errorf("%w: there is no workload %s; thv list --all lists all", secret.ErrNotFound, o.name)
	}
	return nil
}

func (o options) printer(s *terminal.Streams) func(logfile.Entry) error {
	if o.app.Globals.Output == terminal.JSON {
		return func(e logfile.Entry) error { return terminal.WriteJSONLine(s.Out, e) }
	}
	s = s.Raw()
	// A part of a line is followed by its rest without a time of its own.
	var open [2]bool
	return func(e logfile.Entry) error {
		which, to := 0, s.Out
		if e.Stream == logfile.Err {
			which, to = 1, s.Err
		}
		text := e.Text
		if o.timestamps && !open[which] {
			text = e.Time.UTC().Format(time.RFC3339Nano) + " " + text
		}
		if open[which] = e.Partial; !e.Partial {
			text += "\n"
		}
		_, err := io.WriteString(to, text)
		return err
	}
}
