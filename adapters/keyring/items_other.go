//go:build !linux

package keyring

import (
	"context"
	"errors"
	"fmt"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/thv-secrets/thv/core/secret"
)

// noAccount is an account without an item, so that a search for it reads no secret.
const noAccount = "thv-check-has-no-item"

// go-keyring does not support contexts: read, write, erase and probe may continue after the
// time limit of bounded.

func (items) read(_ context.Context, service, account string) (secret.Value, error) {
	text, err := gokeyring.Get(service, account)
	if err != nil {
		return secret.Value{}, nativeError(err, account, service)
	}
	return secret.NewValue([]byte(text)), nil
}

// write reads the value back: the macOS command that go-keyring runs can fail and still exit
// with 0.
func (i items) write(ctx context.Context, service, account string, value secret.Value) error {
	if err := gokeyring.Set(service, account, string(value.Bytes())); err != nil {
		return nativeError(err, account, service)
	}
	kept, err := i.read(ctx, service, account)
	if err != nil && !errors.Is(err, secret.ErrNotFound) {
		return err
	}
	if !kept.Equal(value) {
		return fmt.Errorf("%w: the OS keyring did not take the item (is it locked?)", secret.ErrUnavailable)
	}
	return nil
}

func (items) erase(_ context.Context, service, account string) error {
	return nativeError(gokeyring.Delete(service, account), account, service)
}

func (i items) probe(context.Context) error {
	_, err := gokeyring.Get(i.config.service(), noAccount)
	if err == nil || errors.Is(err, gokeyring.ErrNotFound) {
		return nil
	}
	return nativeError(err, noAccount, i.config.service())
}

// nativeError classifies go-keyring's error; platformClass knows the system's codes.
func nativeError(err error, account, service string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return notFound(account, service)
	case errors.Is(err, gokeyring.ErrSetDataTooBig):
		return fmt.Errorf("%w: the OS keyring takes about 2,900 bytes on macOS and 2,560 on Windows", secret.ErrTooLarge)
	case errors.Is(err, gokeyring.ErrUnsupportedPlatform):
		return unsupported("go-keyring knows no keyring of this system")
	}
	return fmt.Errorf("%w: the OS keyring: %w", platformClass(err), err)
}
