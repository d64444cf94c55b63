package workload

import (
	"errors"

	"github.com/thv-secrets/thv/core/secret"
)

// The errors of a workload that cannot be started, besides the classes of package
// [secret].
var (
	// ErrNoCommand: the command does not exist; a shell's status 127.
	ErrNoCommand = errors.New("command not found")
	// ErrInvalidSpec: the [Spec] is invalid. Its class is [secret.ErrUsage].
	ErrInvalidSpec error = invalidSpec{}
	// ErrCannotExecute: the command exists but cannot be executed; a shell's status 126.
	ErrCannotExecute = errors.New("cannot be executed")
)

type invalidSpec struct{}

func (invalidSpec) Error() string { return "invalid run configuration" }

func (invalidSpec) Unwrap() error { return secret.ErrUsage }
