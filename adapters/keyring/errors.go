package keyring

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// outcome is the error of a call that was given limit: the caller's own context
// first, then a lock that was not opened, then the time that ran out.
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
