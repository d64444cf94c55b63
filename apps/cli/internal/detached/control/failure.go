package control

import (
	"errors"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Failure is an error on its way to another process: what a command would print,
// and its exit code.
type Failure struct {
	Class    string `json:"class"`
	Message  string `json:"message"`
	ExitCode int    `json:"exit_code"`
	// Ungranted is what a workload would have got that was not consented to.
	Ungranted *access.UngrantedError `json:"ungranted,omitempty"`
}

// usage is the class of a mistake in the command line or a file that it names.
const usage = "usage"

// NewFailure returns the Failure of err, nil for nil.
func NewFailure(err error) *Failure {
	if err == nil {
		return nil
	}
	f := &Failure{Class: string(secret.ClassOf(err)), Message: err.Error(), ExitCode: terminal.ExitCode(err)}
	_ = errors.As(err, &f.Ungranted)
	var mistake *terminal.UsageError
	if errors.As(err, &mistake) || errors.Is(err, workload.ErrInvalidSpec) {
		f.Class = usage
	}
	return f
}

// Err returns an error of the same class, text and exit code; nil for a nil
// Failure.
func (f *Failure) Err() error {
	if f == nil {
		return nil
	}
	if f.Class == usage {
		return &terminal.UsageError{Err: errors.New(f.Message)}
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
	return secret.Class(e.Class).Sentinel()
}
