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

// Options are the arguments and options of the verb.
type Options struct {
	Name string
}

type report struct {
	Selected  string   `json:"selected"`
	Origin    string   `json:"origin"`
	Chain     []string `json:"chain,omitempty"`
	Available []string `json:"available"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	return &cobra.Command{
		Use:   "provider [NAME]",
		Short: "Show or choose the secrets provider",
		Long: `Without NAME, print the provider in use, or the providers of the configured
chain in their order, one per line. It is an error if this version does not have
the provider. With NAME, check that the provider works, without reading any
secret, and write it to the configuration file.`,
		Example: `  # Print the provider in use
  thv secret provider

  # Use 1Password from now on
  thv secret provider 1password`,
		Args:              command.Names("NAME", 0, 1),
		ValidArgsFunction: f.CompleteProviders,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Name = strings.Join(args, "")
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
}

func run(ctx context.Context, a *app.App, o *Options) error {
	p := a.Providers
	if o.Name != "" {
		if err := p.Check(ctx, o.Name); err != nil {
			return err
		}
		if err := settings.SetProvider(string(a.ConfigPath), o.Name); err != nil {
			return err
		}
		a.Streams.Say("%s", p.Written(o.Name, a.ConfigPath))
		if p.Origin != procenv.ProviderVariable && p.Origin != app.ChainKey {
			p.Selected, p.Origin = o.Name, string(a.ConfigPath)
		}
	} else if p.Mistake != nil {
		return p.Mistake
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{p.Selected, p.Origin, p.Chain, p.Names()})
	}
	if o.Name != "" {
		return nil
	}
	names := p.Chain
	if names == nil {
		names = []string{p.Selected}
	}
	_, err := fmt.Fprintln(a.Streams.Out, strings.Join(names, "\n"))
	return err
}
