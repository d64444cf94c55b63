// Package registry is the group of verbs thv registry.
package registry

import (
	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/list"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/show"
)

// NewCommand returns the group.
func NewCommand(f *command.Factory) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "registry",
		Short: "Look at the servers that thv run knows by name",
		Long: `Look at the servers that thv run knows by name.

The registry is the file of --registry, else the first of registry_path,
registry_api_url, registry_url and local_registry_path in the configuration file, else
a small one that is built in. If an address does not answer, its last copy is used.`,
		Args: command.NoSuchCommand,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(list.NewCommand(f), show.NewCommand(f))
	return cmd
}
