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

type options struct {
	app    *app.App
	change unlock.Change
}

type report struct {
	Changed bool `json:"changed"`
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "rotate-password",
		Short: "Change the encrypted store's password",
		Long: `Change the encrypted store's password. The new one is read from
--new-password-file. Else it is asked for where a person knows the present one,
and made at random where a keyring keeps it across reboots (--generate insists
on that). A recovery key stays valid.`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.change.File, "new-password-file", "", "`file` with the new password")
	cmd.Flags().BoolVar(&o.change.Generate, "generate", false, "make one at random, also in place of one that a person knows")
	return cmd
}

func run(ctx context.Context, o options) error {
	if err := o.app.Vault.ChangePassword(ctx, o.change); err != nil {
		return err
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, report{Changed: true})
	}
	o.app.Streams.Say("The store's password is changed.")
	return nil
}
