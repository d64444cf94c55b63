// Command thv-init is what a container runs before its own program where values
// are delivered past the engine's record of it: it takes them from its standard
// input, in the frame of core/delivery, and becomes that program.
//
//	thv-init run NAME COMMAND [ARG…]    the container's entry point; NAME is the workload's, or empty
//	thv-init refresh                    replaces delivered files, by an exec in the container
//
// It is sent to the engine with each start, so it is static and imports little. It
// is not for people: what it says on standard error is about a start that failed.
//
// Exit status: that of the program; 127 and 126, as of a shell, where there is no
// such program or it cannot be executed; 125 where the values did not come or could
// not be handed on.
package main

import "os"

// statusFailed is Docker's own for a container that could not be started.
const statusFailed = 125

func main() { os.Exit(begin(os.Args[1:])) }

// say prints a line for a person.
func say(parts ...string) {
	line := "thv-init: "
	for _, part := range parts {
		line += part
	}
	_, _ = os.Stderr.WriteString(line + "\n")
}
