// Command thv-engine-docker is thv with the client of the Docker Engine, and of HTTP,
// built in. thv replaces itself by it, from its own directory, to run a container or to
// request a registry's address.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/root"
	"github.com/thv-secrets/thv/apps/cli/internal/compose"
	"github.com/thv-secrets/thv/apps/cli/internal/compose/engine"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func main() {
	os.Exit(root.Main(os.Args[1:], terminal.System(), compose.Compose(engine.Docker, engine.Fetch)))
}
