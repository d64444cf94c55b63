package workload

import "errors"

// What keeps a workload from being started, apart from the classes of package
// secret.
var (
	// ErrNoCommand: there is no such program; a shell's status 127.
	ErrNoCommand = errors.New("command not found")
	// ErrInvalidSpec: the Spec says something that cannot be run; a usage error.
	ErrInvalidSpec = errors.New("invalid run configuration")
	// ErrCannotExecute: it is there but cannot be executed; a shell's status 126.
	ErrCannotExecute = errors.New("cannot be executed")
)
