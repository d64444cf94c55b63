package unlock

import (
	"context"
	"errors"
	"fmt"
	"runtime"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Keyring is a place that keeps passwords.
type Keyring struct {
	// Name is for messages, as in "OS keyring".
	Name   string
	Source provider.KeySource
	// Persistent is whether what it keeps survives a reboot.
	Persistent bool
}

func (k Keyring) from() string { return "the " + k.Name }

func (k Keyring) source(account string) PasswordSource {
	return PasswordSource{Name: k.from(), Lookup: func(ctx context.Context) (secret.Value, error) {
		return k.Source.Password(ctx, account)
	}}
}

// replace keeps password for account. Under the account that every store of format 1
// shares, the present password may be another store's: it is moved to
// filestore.Previous1 first, where the chain finds it.
func (k Keyring) replace(ctx context.Context, account string, password secret.Value) error {
	if account == filestore.Account1 {
		old, err := k.Source.Password(ctx, account)
		switch {
		case errors.Is(err, secret.ErrNotFound):
		case err != nil:
			return err
		case old.Equal(password):
			return nil
		default:
			if err := k.Source.Keep(ctx, filestore.Previous1, old); err != nil {
				return err
			}
		}
	}
	return k.Source.Keep(ctx, account, password)
}

// keep stores password in the first keyring that accepts it. It is not an error if this
// machine has no keyring.
func (c *SourceChain) keep(ctx context.Context, account string, password secret.Value) error {
	var errs []error
	for _, keyring := range c.config.Keyrings {
		err := keyring.replace(ctx, account, password)
		if err == nil {
			return nil
		}
		if !errors.Is(err, secret.ErrUnsupported) {
			errs = append(errs, fmt.Errorf("%s: %w", keyring.Name, err))
		}
	}
	return errors.Join(errs...)
}

// keepBeside is keep for a new store whose password the user knows: it does not replace
// what a keyring keeps for the account, and it is not an error if no keyring accepts
// the password.
func (c *SourceChain) keepBeside(ctx context.Context, account string, password secret.Value) error {
	for _, keyring := range c.config.Keyrings {
		old, err := keyring.Source.Password(ctx, account)
		if err == nil && !old.Equal(password) {
			c.config.Note(fmt.Sprintf("The %s keeps another store's password for %s, which stays; it does not have this one's.", keyring.Name, account))
			return nil
		}
	}
	if err := c.keep(ctx, account, password); err != nil {
		c.config.Note(fmt.Sprintf("No keyring keeps the password: %v", err))
	}
	return ctx.Err()
}

// Forget removes account's password from every keyring, and the passwords of others
// that open the store as well. It returns the names of the keyrings that had it. It
// skips a keyring that this machine does not have; a broken one is an error, after all
// the others were asked.
func (c *SourceChain) Forget(ctx context.Context, account string, others []string, opens func(secret.Value) bool) ([]string, error) {
	var had []string
	var errs []error
	for _, keyring := range c.config.Keyrings {
		forgot, err := keyring.forget(ctx, account, others, opens)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", keyring.Name, err))
		}
		if forgot {
			had = append(had, keyring.Name)
		}
	}
	return had, errors.Join(errs...)
}

func (k Keyring) forget(ctx context.Context, account string, others []string, opens func(secret.Value) bool) (forgot bool, err error) {
	for _, other := range others {
		text, err := k.Source.Password(ctx, other)
		if err != nil || other == account || !opens(text) {
			continue
		}
		err = k.Source.Forget(ctx, other)
		if err != nil && !errors.Is(err, secret.ErrNotFound) { // which another process may just have removed
			return forgot, err
		}
		forgot = forgot || err == nil
	}
	err = k.Source.Forget(ctx, account)
	if errors.Is(err, secret.ErrNotFound) || errors.Is(err, secret.ErrUnsupported) {
		return forgot, nil
	}
	return forgot || err == nil, err
}

// DesktopCommand returns the command at which the desktop asks to unlock its keyring.
func DesktopCommand() string {
	if runtime.GOOS == "darwin" {
		return "security unlock-keychain"
	}
	return "thv secret list"
}
