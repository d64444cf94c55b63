package workload

import (
	"errors"

	"github.com/thv-secrets/thv/core/secret"
)

// What keeps a workload from being started, apart from the classes of package
// secret.
var (
	// ErrNoCommand: there is no such program; a shell's status 127.
	ErrNoCommand = errors.New("command not found")
	// ErrInvalidSpec: the Spec says something that cannot be run. Its class is
	// [secret.ErrUsage].
	ErrInvalidSpec error = invalidSpec{}
	// ErrCannotExecute: it is there but cannot be executed; a shell's status 126.
	ErrCannotExecute = errors.New("cannot be executed")
)

type invalidSpec struct{}

func (invalidSpec) Error() string { return "invalid run configuration" }

func (invalidSpec) Unwrap() error { return secret.ErrUsage }
