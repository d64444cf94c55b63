// Command thv-operator will reconcile MCPServer resources in a cluster. No
// controller is built in yet: it prints its version and says so.
package main

import (
	"fmt"
	"os"
)

// version is set by the linker.
var version = "devel"

func main() {
	fmt.Println("thv-operator", version)
	if len(os.Args) == 2 && os.Args[1] == "version" {
		return
	}
	fmt.Fprintln(os.Stderr, "thv-operator: no controller is built in yet; this program only knows its version")
	os.Exit(1)
}
