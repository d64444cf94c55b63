// Package version is thv version.
package version

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/buildinfo"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Example: `  # Print the version, and those of Go and of the platform
  thv version`,
		Args: command.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return report(f.Streams(), f.Output())
		},
	}
}

func report(s *terminal.Streams, output terminal.Format) error {
	info := buildinfo.Current()
	if output == terminal.JSON {
		return terminal.WriteJSON(s.Out, info)
	}
	_, err := fmt.Fprintf(s.Out, "thv %s (%s, %s)\n", info.Version, info.Go, info.Platform)
	return err
}
