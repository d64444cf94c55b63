// Package list is thv registry list.
package list

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Options are the arguments and options of the verb.
type Options struct {
	Registry string
}

type report struct {
	Origin  string `json:"origin"`
	Servers []row  `json:"servers"`
}

type row struct {
	Name        string   `json:"name"`
	Description string   `json:"description,omitempty"`
	Image       string   `json:"image"`
	Tags        []string `json:"tags,omitempty"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the servers of the registry",
		Example: `  # List the servers of the configured registry
  thv registry list

  # List the servers of a file
  thv registry list --registry registry.json`,
		Args: command.Names("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Registry, "registry", "", "`file` with a registry, instead of the configured one")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	known, err := a.Registry.Load(ctx, o.Registry, "")
	if err != nil {
		return err
	}
	r := report{Origin: known.Origin, Servers: []row{}}
	for _, s := range known.Servers() {
		r.Servers = append(r.Servers, row{Name: s.Name, Description: s.Description, Image: s.Image, Tags: s.Tags})
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, r)
	}
	if len(r.Servers) == 0 {
		a.Streams.Say("No servers.")
	}
	table := terminal.NewTable(a.Streams.Out)
	for _, s := range r.Servers {
		if s.Description == "" {
			table.Row(s.Name)
			continue
		}
		table.Row(s.Name, s.Description)
	}
	return table.Flush()
}
