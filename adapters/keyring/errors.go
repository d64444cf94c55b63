package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// outcome returns the error of a call with a time limit. The caller's context takes
// precedence over a locked keyring, and that over the time limit.
func outcome(ctx, timed context.Context, limit time.Duration, err error) error {
	if cause := ctx.Err(); cause != nil {
		return cause
	}
	if timed.Err() != nil && !errors.Is(err, secret.ErrLocked) {
		return fmt.Errorf("%w: the OS keyring did not answer within %v", secret.ErrUnavailable, limit)
	}
	return err
}

func notFound(account, service string) error {
	return fmt.Errorf("%w: the OS keyring has no item for %q of service %q", secret.ErrNotFound, account, service)
}

func unsupported(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrUnsupported, fmt.Sprintf(format, args...))
}
