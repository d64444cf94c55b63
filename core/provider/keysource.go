package provider

import (
	"context"

	"github.com/thv-secrets/thv/core/secret"
)

// KeySource keeps the passwords that unlock encrypted stores, such as an
// operating system's keyring. The promises of every provider's method hold for
// it too. It is no Provider: what it keeps is not a user's secret.
type KeySource interface {
	// Password answers the password kept for account. The error says which of
	// three it is, since only the first two let another source be asked in
	// its place when a store is made: secret.ErrNotFound, the source works and
	// has none; secret.ErrUnsupported, this machine or session has no such
	// source; anything else (secret.ErrUnavailable, secret.ErrLocked,
	// secret.ErrDenied), it is broken, and never taken for an empty one.
	Password(ctx context.Context, account string) (secret.Value, error)
	// Keep stores the password for account, over what was there. The caller
	// has opened the store with it before.
	Keep(ctx context.Context, account string, password secret.Value) error
	// Forget removes the password for account; secret.ErrNotFound if there
	// is no such password.
	Forget(ctx context.Context, account string) error
}
