// Package rotatepassword is thv secret rotate-password.
package rotatepassword

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
)

// Options are the arguments and options of the verb.
type Options struct {
	Change unlock.Change
}

type report struct {
	Changed bool `json:"changed"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "rotate-password",
		Short: "Change the encrypted store's password",
		Long: `Change the encrypted store's password. The new password is read from
--new-password-file. Without that option, thv prompts for it if the present
password was typed by a user, and generates it if the present one is kept in a
keyring that survives a reboot. Recovery keys stay valid.`,
		Example: `  # Replace the password: prompt for the new one, or generate it
  thv secret rotate-password

  # Generate a password, and keep it in the keyring
  thv secret rotate-password --generate`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().StringVar(&o.Change.File, "new-password-file", "", "`file` with the new password")
	cmd.Flags().BoolVar(&o.Change.Generate, "generate", false, "generate the password, even if the present one was typed")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	if err := a.Vault.ChangePassword(ctx, o.Change); err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{Changed: true})
	}
	a.Streams.Say("The store's password is changed.")
	return nil
}
