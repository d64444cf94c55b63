// Command thv-provider-k8s is the provider of secrets in Kubernetes: it speaks the
// provider protocol to thv, which starts it from its own directory.
package main

import (
	"os"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/programs/kubernetes"
)

func main() { os.Exit(kubernetes.Main(os.Args[1:], terminal.System())) }
