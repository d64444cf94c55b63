// Command pause keeps a pod's namespaces open until it gets a signal. It is the only file in the
// sandbox image of the test cluster's node.
package main

import (
	"os"
	"os/signal"
	"syscall"
)

func main() {
	end := make(chan os.Signal, 1)
	signal.Notify(end, os.Interrupt, syscall.SIGTERM)
	<-end
}
