package keyring

import (
	"context"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var _ provider.KeySource = (*OS)(nil)

// OS is the operating system's keyring as a key source: the password of an account is
// go-keyring's item for [Config].Service and that account. It is safe for concurrent use,
// and keeps no connection and no value between calls.
type OS struct {
	config Config
	items  items
}

// NewOS returns the OS keyring. It makes no call.
func NewOS(config Config) *OS { return &OS{config: config, items: items{config}} }

// Name returns the key source's name for messages.
func (*OS) Name() string { return "OS keyring" }

// Persistent returns true: passwords survive a reboot.
func (*OS) Persistent() bool { return true }

// Check returns nil if the keyring is available. It reads no secret and does not prompt the
// user; a locked keyring is [secret.ErrLocked]. macOS reports a locked keychain only when a
// secret is read.
func (o *OS) Check(ctx context.Context) error { return o.items.check(ctx) }

// Password returns the password of account. If the keyring is locked, the desktop prompts the
// user to unlock it, for at most [Config].Timeout.
func (o *OS) Password(ctx context.Context, account string) (secret.Value, error) {
	return o.items.get(ctx, o.config.service(), account)
}

// Keep stores the password of account and replaces an existing one. After a timeout on macOS
// or Windows the password may still be stored.
func (o *OS) Keep(ctx context.Context, account string, password secret.Value) error {
	return o.items.put(ctx, o.config.service(), account, password)
}

// Forget removes the password of account.
func (o *OS) Forget(ctx context.Context, account string) error {
	return o.items.remove(ctx, o.config.service(), account)
}

// items accesses the OS keyring by service and account, with a time limit. Each platform
// implements read, write, erase and probe.
type items struct{ config Config }

func (i items) get(ctx context.Context, service, account string) (secret.Value, error) {
	return bounded(ctx, i.config.timeout(), func(ctx context.Context) (secret.Value, error) {
		return i.read(ctx, service, account)
	})
}

func (i items) put(ctx context.Context, service, account string, value secret.Value) error {
	return i.within(ctx, func(ctx context.Context) error { return i.write(ctx, service, account, value) })
}

func (i items) remove(ctx context.Context, service, account string) error {
	return i.within(ctx, func(ctx context.Context) error { return i.erase(ctx, service, account) })
}

func (i items) check(ctx context.Context) error { return i.within(ctx, i.probe) }

func (i items) within(ctx context.Context, call func(context.Context) error) error {
	_, err := bounded(ctx, i.config.timeout(), func(ctx context.Context) (struct{}, error) {
		return struct{}{}, call(ctx)
	})
	return err
}
