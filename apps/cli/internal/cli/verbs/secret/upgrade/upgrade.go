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

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Convert the encrypted store to format 2",
		Long: `Convert an encrypted store of format 1 to format 2, which holds any bytes,
records when a secret was changed, can have several passwords, and tells a wrong
password from a damaged file. The new store is read back before it replaces the
old one. Its password is a random one in the OS keyring; without such a keyring,
it is the password of the old store.

ToolHive cannot read a store of format 2. It reports that it cannot decrypt the
file, and may advise you to delete it: do not, the file has all your secrets. Do
not upgrade if you keep using ToolHive's own secrets.`,
		Example: `  # Convert the store, and write a recovery key to a new file
  thv secret upgrade --recovery-key-file FILE`,
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
