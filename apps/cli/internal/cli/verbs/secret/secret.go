// Package secret is the group of verbs thv secret.
package secret

import (
	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/delete"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/get"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/list"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/provider"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/resetkeyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/rotatepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/set"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/setup"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/upgrade"
)

// NewCommand returns the group.
func NewCommand(f *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "secret",
		Short: "Store, read and manage secrets",
		Args:  command.NoSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		setup.NewCommand(f),
		provider.NewCommand(f),
		set.NewCommand(f),
		get.NewCommand(f),
		list.NewCommand(f),
		delete.NewCommand(f),
		resetkeyring.NewCommand(f),
		rotatepassword.NewCommand(f),
		upgrade.NewCommand(f),
	)
	return cmd
}
