// Package resetkeyring is thv secret reset-keyring.
package resetkeyring

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

type options struct {
	app *app.App
	yes bool
}

type report struct {
	Forgotten []string `json:"forgotten"`
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	o := options{}
	cmd := &cobra.Command{
		Use:   "reset-keyring",
		Short: "Forget the encrypted store's password in every keyring",
		Long: `Forget the encrypted store's password in every keyring. The store itself stays.

A password that thv made by itself stands nowhere else: without a recovery key
the store cannot be opened afterwards. That is asked about first; --yes answers.`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if o.app, err = f.App(); err != nil {
				return err
			}
			return run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.yes, "yes", false, "do not ask")
	return cmd
}

func run(ctx context.Context, o options) error {
	info, err := o.app.Vault.Describe(ctx)
	if err != nil {
		return err
	}
	if warning := info.Warning(); warning != "" && !o.yes {
		agreed, err := o.app.Streams.Confirm(ctx, warning+" Forget its password?")
		if err != nil {
			return err
		}
		if !agreed {
			return terminal.ErrNothingDone
		}
	}
	had, err := o.app.Vault.ForgetPassword(ctx)
	if err != nil {
		return err
	}
	if o.app.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(o.app.Streams.Out, report{Forgotten: append([]string{}, had...)})
	}
	if len(had) == 0 {
		o.app.Streams.Say("No keyring had the password.")
		return nil
	}
	o.app.Streams.Say("Forgotten by the %s.", strings.Join(had, " and the "))
	return nil
}
