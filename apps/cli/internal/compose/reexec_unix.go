//go:build !windows

package compose

import (
	"context"
	"fmt"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// execute returns only if the program cannot be executed.
func execute(_ context.Context, path string, argv, environ []string) error {
	return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, path, syscall.Exec(path, argv, environ))
}
