// Command thv runs MCP servers, containers and processes with their secrets.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/root"
	"github.com/thv-secrets/thv/apps/cli/internal/compose"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func main() {
	compose.Monitor(os.Args)
	os.Exit(root.Main(os.Args[1:], terminal.System(), compose.Telling(compose.Compose(compose.ReexecEngine, compose.ReexecFetch))))
}
