// Package registry is the group of verbs thv registry.
package registry

import (
	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/command"
	"github.com/thv-secrets/thv/apps/cli/internal/command/registry/list"
	"github.com/thv-secrets/thv/apps/cli/internal/command/registry/show"
)

// NewCommand returns the group.
func NewCommand(f *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Look at the servers that thv run knows by name",
		Long: `Look at the servers that thv run knows by name.

The registry is the file of --registry, else that of registry_path in the
configuration file, else what registry_url there answers, else a small one that is
built in. Where an address does not answer, its last copy is used.`,
		Args: command.NoSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(list.NewCommand(f), show.NewCommand(f))
	return cmd
}
