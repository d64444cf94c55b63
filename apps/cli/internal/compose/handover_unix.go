//go:build !windows

package compose

import (
	"context"
	"fmt"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// handOver returns only where the program cannot be executed.
func handOver(_ context.Context, path string, argv, environ []string) error {
	return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, path, syscall.Exec(path, argv, environ))
}
