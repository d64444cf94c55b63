// Package unlocktest has a keyring and a user for tests of what unlocks the store.
package unlocktest

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/core/secret"
)

// Failures of a keyring: it is not there, or does not work.
var (
	ErrAbsent = fmt.Errorf("%w: no session bus", secret.ErrUnsupported)
	ErrBroken = fmt.Errorf("%w: did not answer", secret.ErrUnavailable)
)

// Keyring is a keyring in memory, for one goroutine. If Err is not nil, every call fails
// with it.
type Keyring struct {
	// Kept are passwords by account; Keep needs it not to be nil.
	Kept map[string]string
	Err  error
}

// NewKeyring returns an empty Keyring.
func NewKeyring() *Keyring { return &Keyring{Kept: map[string]string{}} }

// Password returns the password of account; without one the error is secret.ErrNotFound.
func (k *Keyring) Password(_ context.Context, account string) (secret.Value, error) {
	if k.Err != nil {
		return secret.Value{}, k.Err
	}
	text, kept := k.Kept[account]
	if !kept {
		return secret.Value{}, fmt.Errorf("%w: no item", secret.ErrNotFound)
	}
	return secret.NewValue([]byte(text)), nil
}

// Keep keeps password for account.
func (k *Keyring) Keep(_ context.Context, account string, password secret.Value) error {
	if k.Err != nil {
		return k.Err
	}
	k.Kept[account] = string(password.Bytes())
	return nil
}

// Forget removes the password of account; without one the error is secret.ErrNotFound.
func (k *Keyring) Forget(_ context.Context, account string) error {
	if k.Err != nil {
		return k.Err
	}
	if _, kept := k.Kept[account]; !kept {
		return secret.ErrNotFound
	}
	delete(k.Kept, account)
	return nil
}

// User types Types at each prompt. If that is empty, there is no user.
type User struct{ Types string }

// Interactive reports whether there is a user.
func (u *User) Interactive() bool { return u.Types != "" }

// Hidden returns what the user types.
func (u *User) Hidden(context.Context, string) (secret.Value, error) {
	return secret.NewValue([]byte(u.Types)), nil
}

// HiddenTwice returns what the user types.
func (u *User) HiddenTwice(ctx context.Context, prompt, _ string) (secret.Value, error) {
	return u.Hidden(ctx, prompt)
}
