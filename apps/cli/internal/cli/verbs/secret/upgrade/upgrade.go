// Package upgrade is thv secret upgrade.
package upgrade

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Options are the arguments and options of the verb, which has none but those of the
// program.
type Options struct{}

// NewCommand returns the verb. Unless runF is nil it is called in the place of a run.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Rewrite the encrypted store in format 2",
		Long: `Rewrite an encrypted store of format 1 in format 2, which holds any bytes,
remembers when a secret was changed, can have several passwords, and tells a
wrong password from a damaged file. The new store is read back before it takes the
old one's place. It has a random password in the OS keyring, or if there is no such
keyring the password of the old one.

ToolHive cannot read a store of format 2. It will say that it cannot decrypt it, and
may advise to delete the file: do not, it has all your secrets. Whoever goes on using
ToolHive's own secrets should not upgrade.`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.Run(cmd.Context(), f, &Options{}, runF, run)
		},
	}
	f.RecoveryFlag(cmd)
	return cmd
}

func run(ctx context.Context, a *app.App, _ *Options) error {
	before, err := a.Vault.Describe(ctx)
	if err != nil {
		return err
	}
	if before.Format == 1 {
		if err := a.Vault.Upgrade(ctx); err != nil {
			return err
		}
	}
	after, err := a.Vault.Describe(ctx)
	if err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, after)
	}
	switch {
	case !before.Exists:
		a.Streams.Say("There is no store yet; a new one is made in format 2.")
	case before.Format == after.Format:
		a.Streams.Say("The store is in format %d already.", after.Format)
	default:
		a.Streams.Say("The store is in format %d now.", after.Format)
		a.Streams.Say("ToolHive cannot read it any more, and may advise to delete %s: do not, all secrets are in it.", after.Path)
	}
	return nil
}
