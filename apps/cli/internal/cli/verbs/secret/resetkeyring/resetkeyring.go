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

// Options are the arguments and options of the verb.
type Options struct {
	Yes bool
}

type report struct {
	Forgotten []string `json:"forgotten"`
}

// NewCommand returns the verb. If runF is not nil, it is called instead of the verb.
func NewCommand(f *command.Factory, runF func(*Options) error) *cobra.Command {
	o := &Options{}
	cmd := &cobra.Command{
		Use:   "reset-keyring",
		Short: "Remove the encrypted store's password from every keyring",
		Long: `Remove the encrypted store's password from every keyring. The store itself is
kept.

A password that thv generated is kept nowhere else: without a recovery key, the
store cannot be opened afterwards. thv then asks for confirmation first.`,
		Example: `  # Remove the password, after confirmation
  thv secret reset-keyring

  # Open the store again with a password from a file
  thv secret setup --password-file FILE`,
		Args: command.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return command.Run(cmd.Context(), f, o, runF, run)
		},
	}
	cmd.Flags().BoolVar(&o.Yes, "yes", false, "skip confirmation prompts")
	return cmd
}

func run(ctx context.Context, a *app.App, o *Options) error {
	info, err := a.Vault.Describe(ctx)
	if err != nil {
		return err
	}
	if warning := info.Warning(); warning != "" && !o.Yes {
		agreed, err := a.Streams.Confirm(ctx, warning+" Forget its password?")
		if err != nil {
			return err
		}
		if !agreed {
			return terminal.ErrNothingDone
		}
	}
	had, err := a.Vault.ForgetPassword(ctx)
	if err != nil {
		return err
	}
	if a.Globals.Output == terminal.JSON {
		return terminal.WriteJSON(a.Streams.Out, report{Forgotten: append([]string{}, had...)})
	}
	if len(had) == 0 {
		a.Streams.Say("No keyring had the password.")
		return nil
	}
	a.Streams.Say("Forgotten by the %s.", strings.Join(had, " and the "))
	return nil
}
