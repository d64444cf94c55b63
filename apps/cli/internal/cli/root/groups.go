package root

import (
	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	registrylist "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/list"
	registryshow "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/registry/show"
	secretdelete "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/delete"
	secretget "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/get"
	secretlist "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/list"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/provider"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/resetkeyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/rotatepassword"
	secretset "github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/set"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/setup"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/verbs/secret/upgrade"
)

// group returns a command that does nothing but group verbs.
func group(name, short, long string, verbs ...*cobra.Command) *cobra.Command {
	cmd := &cobra.Command{
		Use:   name,
		Short: short,
		Long:  long,
		Args:  command.NoSuchCommand,
		RunE:  func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(verbs...)
	return cmd
}

func secretGroup(f *command.Factory) *cobra.Command {
	return group("secret", "Store, read and manage secrets", "",
		setup.NewCommand(f, nil),
		provider.NewCommand(f, nil),
		secretset.NewCommand(f, nil),
		secretget.NewCommand(f, nil),
		secretlist.NewCommand(f, nil),
		secretdelete.NewCommand(f, nil),
		resetkeyring.NewCommand(f, nil),
		rotatepassword.NewCommand(f, nil),
		upgrade.NewCommand(f, nil),
	)
}

func registryGroup(f *command.Factory) *cobra.Command {
	return group("registry", "List and show the servers that thv run knows by name", `List and show the servers that thv run knows by name.

The registry is the file of --registry; without that option, the first of
registry_path, registry_api_url, registry_url and local_registry_path in the
configuration file; without those, a small built-in one. If an address does not
respond, its last copy is used.`,
		registrylist.NewCommand(f, nil),
		registryshow.NewCommand(f, nil),
	)
}
