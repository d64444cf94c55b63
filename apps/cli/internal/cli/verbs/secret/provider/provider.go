// Package provider is thv secret provider.
package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
)

type options struct {
	app  *app.App
	name string
}

type report struct {
	Selected  string   `json:"selected"`
	Origin    string   `json:"origin"`
	Chain     []string `json:"chain,omitempty"`
	Available []string `json:"available"`
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	return &cobra.Command{
		Use:   "provider [NAME]",
		Short: "Show or choose the provider of secrets",
		Long: `Without NAME, print the provider in use, or those of the configuration's chain
in their order, a line each. A provider that this version does not have is an
error. With NAME, check that this provider
works, without touching any secret, and write it to the configuration file.`,
		Args:              command.Names("NAME", 0, 1),
		ValidArgsFunction: f.CompleteProviders,
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			o.name = strings.Join(args, "")
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
}

func run(ctx context.Context, o options) error {
	p := o.app.Providers
	if o.name != "" {
		if err := p.Check(ctx, o.name); err != nil {
			return err
		}
		if err := settings.SetProvider(string(o.app.ConfigPath), o.name); err != nil {
			return err
		}
		o.app.Streams.Say("%s", p.Written(o.name, o.app.ConfigPath))
		if p.Origin != procenv.ProviderVariable && p.Origin != app.ChainKey {
			p.Selected, p.Origin = o.name, string(o.app.ConfigPath)
		}
	} else if p.Mistake != nil {
		return p.Mistake
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, report{p.Selected, p.Origin, p.Chain, p.Names()})
	}
	if o.name != "" {
		return nil
	}
	names := p.Chain
	if names == nil {
		names = []string{p.Selected}
	}
	_, err := fmt.Fprintln(o.app.Streams.Out, strings.Join(names, "\n"))
	return err
}
