// Package list is thv registry list.
package list

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

type options struct {
	app      *app.App
	registry string
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

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the servers of the registry",
		Args:  command.Names("", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.registry, "registry", "", "`file` with a registry, instead of the configured one")
	return cmd
}

func run(ctx context.Context, o options) error {
	known, err := o.app.Registry.Load(ctx, o.registry, "")
	if err != nil {
		return err
	}
	r := report{Origin: known.Origin, Servers: []row{}}
	for _, s := range known.Servers() {
		r.Servers = append(r.Servers, row{Name: s.Name, Description: s.Description, Image: s.Image, Tags: s.Tags})
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, r)
	}
	if len(r.Servers) == 0 {
		o.app.Streams.Say("No servers.")
	}
	table := terminal.NewTable(o.app.Streams.Out)
	for _, s := range r.Servers {
		if s.Description == "" {
			table.Row(s.Name)
			continue
		}
		table.Row(s.Name, s.Description)
	}
	return table.Flush()
}
