// Package setup is thv secret setup.
package setup

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
)

const encrypted = "encrypted"

type options struct {
	app      *app.App
	provider string
	format   int
}

type report struct {
	Provider string `json:"provider"`
	Config   string `json:"config"`
	Store    any    `json:"store,omitempty"`
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "setup",
		Short: "Choose a provider and make it ready",
		Long: `Choose where secrets come from, make it ready, and write the choice to the
configuration file. Nothing has to be set up before the first secret is stored:
this is for another choice than the default, and for mending.

For the encrypted store it makes the store, or, where there is one, makes sure
that its password opens it and keeps that password in a keyring.`,
		Example: `  thv secret setup
  thv secret setup --provider environment
  thv secret setup --password-file FILE      # after a keyring has lost the password`,
		Args: command.Names("nothing", 0, 0),
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			f.KeepPassword()
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.provider, "provider", "", "the provider; asked for at a terminal, else encrypted")
	cmd.Flags().IntVar(&o.format, "format", 0, "format of a new encrypted store: 2, or 1 for other programs that read it")
	f.RecoveryFlag(cmd)
	return cmd
}

func run(ctx context.Context, o options) error {
	name, err := choose(ctx, o)
	if err != nil {
		return err
	}
	if o.format != 0 && (name != encrypted || o.format < 1 || o.format > 2) {
		return terminal.Usagef("--format is 1 or 2, and goes with the provider encrypted")
	}
	if name == encrypted {
		if err := o.app.Vault.Create(ctx, o.format); err != nil {
			return err
		}
	}
	if err := o.app.Providers.Check(ctx, name); err != nil {
		return err
	}
	if err := settings.SetProvider(string(o.app.ConfigPath), name); err != nil {
		return err
	}
	return done(ctx, o, name)
}

func choose(ctx context.Context, o options) (string, error) {
	if o.provider != "" {
		return o.provider, nil
	}
	if !o.app.Streams.Interactive() {
		return encrypted, nil
	}
	return o.app.Streams.Choose(ctx, "Where shall secrets come from?", o.app.Providers.Names(), encrypted)
}

func done(ctx context.Context, o options, name string) error {
	r := report{Provider: name, Config: string(o.app.ConfigPath)}
	if name == encrypted {
		info, err := o.app.Vault.Describe(ctx)
		if err != nil {
			return err
		}
		r.Store = info
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, r)
	}
	command.Say(o.app.Streams, "Secrets come from %s (written to %s).", name, o.app.ConfigPath)
	return nil
}
