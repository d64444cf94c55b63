package app

import (
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

// MissingError is an installation without one of the executables beside thv: the
// container engine's client, or a provider. It is secret.ErrUnavailable.
type MissingError struct {
	// Path is the expected path of the executable.
	Path string
}

// Error names the path and what to do.
func (e *MissingError) Error() string {
	return fmt.Sprintf("%v: %s is not there: install it into the directory of thv", secret.ErrUnavailable, e.Path)
}

// Unwrap returns the class of the failure.
func (e *MissingError) Unwrap() error { return secret.ErrUnavailable }
