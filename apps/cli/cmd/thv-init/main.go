// Command thv-init runs in a container before the container's own command, if values must not
// appear in the engine's record: it reads them from its standard input, in the frame of
// core/delivery, and then executes the command.
//
// thv-init run NAME COMMAND [ARG…]    the container's entry point; NAME is the
// workload's, or empty
//
// thv-init refresh                    replaces delivered files, by an exec in the
// container
//
// It is sent to the engine with each start, so it is static and imports little. It is not for
// users: its messages on standard error are about a failed start.
//
// The exit status is that of the command; 127 or 126, as in a shell, if the command does not
// exist or cannot be executed; 125 if the values did not arrive or could not be delivered.
package main

import "os"

// statusFailed is Docker's own for a container that could not be started.
const statusFailed = 125

func main() { os.Exit(begin(os.Args[1:])) }

// say prints a line for the user.
func say(parts ...string) {
	line := "thv-init: "
	for _, part := range parts {
		line += part
	}
	_, _ = os.Stderr.WriteString(line + "\n")
}
