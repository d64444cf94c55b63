// Package version is thv version.
package version

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/command"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// version and commit are set by the linker.
var version, commit = "dev", ""

// Info is what thv version reports.
type Info struct {
	Version  string `json:"version"`
	Commit   string `json:"commit,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Current is this executable's Info.
func Current() Info {
	return Info{Version: version, Commit: commit, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
}

// NewCommand returns the verb.
func NewCommand(f *command.Factory) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  command.Names("nothing", 0, 0),
		RunE: func(*cobra.Command, []string) error {
			return report(f.Streams(), f.Output())
		},
	}
}

func report(s *terminal.Streams, output terminal.Format) error {
	info := Current()
	if output == terminal.JSON {
		return terminal.WriteJSON(s.Out, info)
	}
	_, err := fmt.Fprintf(s.Out, "thv %s (%s, %s)\n", info.Version, info.Go, info.Platform)
	return err
}
