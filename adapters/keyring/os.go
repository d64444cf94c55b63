package keyring

import (
	"context"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var _ provider.KeySource = (*OS)(nil)

// OS is the operating system's keyring as a key source: the password of an
// account is the item that go-keyring knows by Config.Service and that account.
// It may be used by many goroutines at once, and keeps no connection and no
// value between calls.
type OS struct {
	config Config
	items  items
}

// NewOS returns the OS keyring. It makes no call.
func NewOS(config Config) *OS { return &OS{config: config, items: items{config}} }

// Name returns the key source's name for messages.
func (*OS) Name() string { return "OS keyring" }

// Persistent reports that what is kept survives a reboot.
func (*OS) Persistent() bool { return true }

// Check returns nil where the keyring could answer now. It reads no secret and
// does not ask the user to unlock anything; a locked keyring is secret.ErrLocked. macOS
// tells of a locked keychain only when a secret is read.
func (o *OS) Check(ctx context.Context) error { return o.items.check(ctx) }

// Password answers the password kept for account. A locked keyring asks the
// desktop's prompter to unlock it, for at most Config.Timeout.
func (o *OS) Password(ctx context.Context, account string) (secret.Value, error) {
	return o.items.get(ctx, o.config.service(), account)
}

// Keep stores password for account, over what was there. After a time-out on
// macOS or Windows the password may still arrive.
func (o *OS) Keep(ctx context.Context, account string, password secret.Value) error {
	return o.items.put(ctx, o.config.service(), account, password)
}

// Forget removes the password for account.
func (o *OS) Forget(ctx context.Context, account string) error {
	return o.items.remove(ctx, o.config.service(), account)
}

// items is the OS keyring by service and account, bounded in time. What it does
// inside the time, as read, write, erase and probe, is the platform's.
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
