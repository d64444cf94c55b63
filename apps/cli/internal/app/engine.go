package app

import (
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

// NoEngineError is an installation without the executable that has the container
// engine's client. It is secret.ErrUnavailable.
type NoEngineError struct {
	// Path is where the executable should be.
	Path string
}

// Error names the path and what to do.
func (e *NoEngineError) Error() string {
	return fmt.Sprintf("%v: %s is not there: install it into the folder of thv", secret.ErrUnavailable, e.Path)
}

// Unwrap returns the class of the failure.
func (e *NoEngineError) Unwrap() error { return secret.ErrUnavailable }
