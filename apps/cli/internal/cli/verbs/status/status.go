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

// Options are the arguments and options of the verb.
type Options struct {
	Name string
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	return &cobra.Command{
		Use:   "status NAME",
		Short: "Show the status of a workload",
		Long: `Show the status of a workload: its state, container and restarts, how it last
ended, and when its secrets last changed.`,
		Example: `  # Show the status of the workload web
  thv status web

  # Print its state alone
  thv status --output json web | jq -r .state`,
		Args:              command.Names("NAME", 1, 1),
		ValidArgsFunction: f.CompleteWorkloads,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = args[0]
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
}

func run(ctx context.Context, a *app.App, o *Options) error {
	r := a.Inventory()
	found, err := r.One(ctx, o.Name)
	if err != nil {
		return err
	}
	if r.EngineErr != nil {
		a.Streams.Say("The engine could not be asked: %v", r.EngineErr)
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, found)
	}
	return show(terminal.NewTable(a.Streams.Out), found)
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
	if st.ShouldRun && !st.State.Live() {
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
