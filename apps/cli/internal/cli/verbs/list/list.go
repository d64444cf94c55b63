// Package list is thv list.
package list

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

// Options are the arguments and options of the verb.
type Options struct {
	All bool
	// Group and Labels select workloads, if they are given.
	Group  string
	Labels []string
}

type report struct {
	Workloads []status.Status `json:"workloads"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List workloads",
		Long: `List the workloads that are running, detached or in the foreground, and the
detached ones that will be started again, sorted by name. With --all, list
stopped workloads and saved RunConfigs too.

The engine is queried only for workloads whose supervisor crashed; their state
then comes from the engine.`,
		Example: `  # Workloads that are running
  thv list

  # All workloads of a group, as JSON
  thv list --all --group team --output json`,
		Args: command.Names("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVarP(&o.All, "all", "a", false, "include stopped workloads")
	cmd.Flags().StringVar(&o.Group, "group", "", "list only workloads of the group `name`")
	cmd.Flags().StringArrayVarP(&o.Labels, "label", "l", nil, "list only workloads with the label `KEY[=VALUE]`")
	return cmd
}

// labelled reports whether the saved RunConfig of a workload has all requested labels.
func (o *Options) labelled(a *app.App, name string) bool {
	wanted := o.Labels
	if o.Group != "" {
		wanted = append(slices.Clone(wanted), workload.LabelGroup+"="+o.Group)
	}
	if len(wanted) == 0 {
		return true
	}
	spec, err := a.RunConfigs.Load(name)
	return err == nil && !slices.ContainsFunc(wanted, func(text string) bool {
		key, value, valued := strings.Cut(text, "=")
		got, has := spec.Labels[key]
		return !has || valued && got != value
	})
}

func run(ctx context.Context, a *app.App, o *Options) error {
	r := a.Inventory()
	all, err := r.All(ctx)
	if err != nil {
		return err
	}
	if o.All {
		saved, err := r.Saved(all)
		if err != nil {
			return err
		}
		all = append(all, saved...)
		slices.SortFunc(all, func(a, b status.Status) int { return cmp.Compare(a.Name, b.Name) })
	} else {
		all = slices.DeleteFunc(all, func(st status.Status) bool { return !current(st) })
	}
	all = slices.DeleteFunc(all, func(st status.Status) bool { return !o.labelled(a, st.Name) })
	if r.EngineErr != nil {
		a.Streams.Say("The engine could not be asked: %v", r.EngineErr)
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{append([]status.Status{}, all...)})
	}
	if len(all) == 0 {
		a.Streams.Say("No workloads.")
	}
	table := terminal.NewTable(a.Streams.Out)
	for _, st := range all {
		table.Row(st.Name, command.Described(st), since(st), st.Image, st.URL)
	}
	return table.Flush()
}

// current reports whether a workload runs, or is to run.
func current(st status.Status) bool {
	return st.ShouldRun || st.State.Live() || slices.Contains([]status.State{status.Unsupervised, status.Unknown, status.Foreground, status.Later}, st.State)
}

func since(st status.Status) string {
	if st.Since.IsZero() {
		return "-"
	}
	return time.Since(st.Since).Round(time.Second).String()
}
