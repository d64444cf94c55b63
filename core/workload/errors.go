package workload

import "errors"

// What keeps a program from being started, apart from the classes of package
// secret.
var (
	// ErrNoCommand: there is no such program; a shell's status 127.
	ErrNoCommand = errors.New("command not found")
	// ErrCannotExecute: it is there but cannot be executed; a shell's status 126.
	ErrCannotExecute = errors.New("cannot be executed")
)
