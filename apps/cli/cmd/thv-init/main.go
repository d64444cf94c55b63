// Command thv-init is what a container runs before its own program if values are not to
// be in the engine's record of it: it reads them from its standard input, in the frame
// of core/delivery, and then executes that program.
//
// thv-init run NAME COMMAND [ARG…]    the container's entry point; NAME is the
// workload's, or empty
//
// thv-init refresh                    replaces delivered files, by an exec in the
// container
//
// It is sent to the engine with each start, so it is static and imports little. It is
// not for users: its messages on standard error are about a start that failed.
//
// Exit status: that of the program; 127 or 126, as of a shell, if the program does not
// exist or cannot be executed; 125 if the values did not come or could not be passed
// on.
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
