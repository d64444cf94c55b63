// Command thv-provider-1password is the program of that name with a service of
// its own behind the SDK's interfaces, for benches and tests by hand.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword/onepasswordtest"
)

func main() {
	os.Exit(onepassword.Main(os.Args[1:], terminal.System(), onepasswordtest.Connect))
}
