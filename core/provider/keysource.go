package provider

import (
	"context"

	"github.com/thv-secrets/thv/core/secret"
)

// KeySource keeps the passwords that unlock encrypted stores, such as the keyring of an
// operating system. The promises for all methods of a provider apply to it too. It is
// not a [Provider], since it does not keep secrets of users.
type KeySource interface {
	// Password returns the password of account. There are three kinds of errors:
	//
	//   - [secret.ErrNotFound]: the source works and has no such password;
	//   - [secret.ErrUnsupported]: this machine or session has no such source;
	//   - any other ([secret.ErrUnavailable], [secret.ErrLocked],
	//     [secret.ErrDenied]): the source is broken, and must not be treated as empty.
	//
	// Only after the first two may the password of a new store come from another
	// source.
	Password(ctx context.Context, account string) (secret.Value, error)
	// Keep stores the password of account and replaces an existing one. The caller
	// has opened the store with it before.
	Keep(ctx context.Context, account string, password secret.Value) error
	// Forget removes the password of account. It returns [secret.ErrNotFound] if there
	// is no such password.
	Forget(ctx context.Context, account string) error
}
