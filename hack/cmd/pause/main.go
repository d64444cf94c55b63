// Command pause holds a pod's namespaces open until it is told to end: it is all
// that the sandbox image of the test cluster's node has in it.
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
