// Command thv runs MCP servers, containers and processes with their secrets.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/process"
	"github.com/thv-secrets/thv/apps/cli/internal/root"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/wiring"
)

func main() {
	process.Monitor(os.Args)
	os.Exit(root.Main(os.Args[1:], terminal.System(), wiring.Telling(wiring.Compose(wiring.Handover, wiring.HandoverFetch))))
}
