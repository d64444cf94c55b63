package env

import (
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

func notSet(name string) error {
	return fmt.Errorf("%w: the variable %s is not set, or empty", secret.ErrNotFound, name)
}

func conflict(first, second string) error {
	return fmt.Errorf("%w: the variables %s and %s are both set, and differ; unset one of them", secret.ErrConflict, first, second)
}

func otherScheme() error {
	return fmt.Errorf("%w: the environment provider takes a bare name or %s://NAME", secret.ErrInvalidRef, Scheme)
}

func noVariable() error {
	return fmt.Errorf("%w: the path after %s:// is not a valid variable name ([A-Za-z_][A-Za-z0-9_]*)", secret.ErrInvalidRef, Scheme)
}
