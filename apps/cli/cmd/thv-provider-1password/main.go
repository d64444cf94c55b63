// Command thv-provider-1password is the provider of secrets in 1Password: it speaks the
// provider protocol to thv, which starts it from its own directory.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/onepassword"
)

func main() {
	os.Exit(onepassword.Main(os.Args[1:], terminal.System(), nil))
}
