package terminal

import (
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// The exit codes. Scripts may depend on each.
const (
	ExitOK          = 0
	ExitOther       = 1
	ExitUsage       = 2
	ExitNotFound    = 3
	ExitDenied      = 4
	ExitLocked      = 5
	ExitUnavailable = 6
	ExitCorrupt     = 7
	ExitCannotExec  = 126
	ExitNoCommand   = 127
	ExitInterrupted = 130
)

// ConfigError is a mistake in the configuration that makes every provider unusable.
type ConfigError struct{ Err error }

// Error returns the mistake.
func (e *ConfigError) Error() string { return e.Err.Error() }

// Unwrap returns the mistake.
func (e *ConfigError) Unwrap() error { return e.Err }

// StatusError is the end of a workload, or of a report, with a status of its own.
// It is not printed: what there was to say has been said.
type StatusError struct{ Status int }

// Error names the status.
func (e *StatusError) Error() string {
	return fmt.Sprintf("ended with status %d", e.Status)
}

// ExitCode returns the code for a command that ended with err.
func ExitCode(err error) int {
	var status *StatusError
	var interrupted *InterruptedError
	switch {
	case err == nil:
		return ExitOK
	case errors.As(err, &status):
		return status.Status
	case errors.As(err, &interrupted):
		return 128 + int(interrupted.Signal)
	case errors.Is(err, workload.ErrNoCommand):
		return ExitNoCommand
	case errors.Is(err, workload.ErrCannotExecute):
		return ExitCannotExec
	}
	return classCode(secret.ClassOf(err))
}

func classCode(class secret.Class) int {
	switch class {
	case secret.ClassUsage, secret.ClassInvalidRef, secret.ClassUnsupported:
		return ExitUsage
	case secret.ClassNotFound:
		return ExitNotFound
	case secret.ClassDenied:
		return ExitDenied
	case secret.ClassLocked:
		return ExitLocked
	case secret.ClassUnavailable, secret.ClassTimeout:
		return ExitUnavailable
	case secret.ClassCorrupt:
		return ExitCorrupt
	case secret.ClassCanceled:
		return ExitInterrupted
	}
	return ExitOther
}
