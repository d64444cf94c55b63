// Package status is thv status.
package status

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

type options struct {
	app  *app.App
	name string
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	return &cobra.Command{
		Use:               "status NAME",
		Short:             "Show what a detached workload does",
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
}

func run(ctx context.Context, o options) error {
	r := o.app.Inventory()
	found, err := r.One(ctx, o.name)
	if err != nil {
		return err
	}
	if r.Unasked != nil {
		o.app.Streams.Say("The engine could not be asked: %v", r.Unasked)
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, found)
	}
	return show(terminal.NewTable(o.app.Streams.Out), found)
}

func show(table *terminal.Table, st status.Status) error {
	for _, row := range rows(st) {
		if row[1] != "" {
			table.Row(row[0], row[1])
		}
	}
	return table.Flush()
}

func rows(st status.Status) [][2]string {
	all := [][2]string{
		{"name", st.Name},
		{"state", string(st.State)},
		{"since", at(&st.Since)},
		{"image", st.Image},
		{"url", st.URL},
		{"container", st.Container},
		{"started", at(st.Started)},
		{"restart", st.Restart},
		{"restarts", fmt.Sprint(st.Restarts)},
		{"next try", at(st.NextTry)},
	}
	if other := st.Other; other != nil {
		all = append(all, [2]string{"other", other.Program + " has it as " + other.Status + "; thv neither starts nor stops that"})
	}
	if st.PID != 0 {
		what := "supervisor"
		if st.State == status.Foreground {
			what = "thv run"
		}
		all = append(all, [2]string{what, fmt.Sprintf("process %d", st.PID)})
	}
	if end := st.LastEnd; end != nil {
		text := fmt.Sprintf("%s, exit code %d", at(&end.Time), end.ExitCode)
		if end.Message != "" {
			text += ": " + end.Message
		}
		all = append(all, [2]string{"last end", text})
	}
	all = append(all, secretRows(st)...)
	if st.LogProblem != "" {
		all = append(all, [2]string{"log", "is not written: " + st.LogProblem})
	}
	if st.Wanted && !st.State.Live() {
		all = append(all, [2]string{"wanted", "thv start --all starts it"})
	}
	return all
}

func at(t *time.Time) string {
	if t == nil || t.IsZero() {
		return ""
	}
	return t.Local().Format(time.RFC3339)
}
