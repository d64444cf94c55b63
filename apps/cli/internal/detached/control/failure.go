package control

import (
	"errors"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Failure is a protocol.Failure between two processes of thv's own, which trust each
// other: any class and a message of any length pass, and the exit code with them.
type Failure struct {
	protocol.Failure
	ExitCode int `json:"exit_code"`
	// Ungranted has the items that were refused because they were not granted.
	Ungranted *access.UngrantedError `json:"ungranted,omitempty"`
}

// NewFailure returns the Failure of err, nil for nil.
func NewFailure(err error) *Failure {
	if err == nil {
		return nil
	}
	f := &Failure{Failure: protocol.Failure{Class: secret.ClassOf(err), Message: err.Error()}, ExitCode: terminal.ExitCode(err)}
	_ = errors.As(err, &f.Ungranted)
	return f
}

// Err returns an error of the same class, text and exit code; nil for a nil
// Failure.
func (f *Failure) Err() error {
	if f == nil {
		return nil
	}
	return &failureError{*f}
}

type failureError struct{ Failure }

func (e *failureError) Error() string { return e.Message }

// Unwrap returns the sentinel that decides the exit code.
func (e *failureError) Unwrap() error {
	if e.Ungranted != nil {
		return e.Ungranted
	}
	switch e.ExitCode {
	case terminal.ExitCannotExec:
		return workload.ErrCannotExecute
	case terminal.ExitNoCommand:
		return workload.ErrNoCommand
	}
	return e.Class.Sentinel()
}
