package keyring

import (
	"context"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var _ provider.KeySource = (*Kernel)(nil)

// Kernel is the Linux kernel's keyring as a key source: a key of type "user"
// with the description "<service>:<account>" in the user keyring (@u), which all
// of the user's processes share and a reboot empties. On other systems every
// call is secret.ErrUnsupported. It may be used by many goroutines at once, and
// leaves nothing behind on the threads that it uses but an empty keyring, which
// ends with the thread.
type Kernel struct{ config Config }

// NewKernel returns the kernel keyring. It makes no call. Of config it uses
// Service alone: the calls are system calls and do not wait.
func NewKernel(config Config) *Kernel { return &Kernel{config: config} }

// Name returns the key source's name for messages.
func (*Kernel) Name() string { return "kernel keyring" }

// Persistent reports that what is kept is lost at a reboot.
func (*Kernel) Persistent() bool { return false }

// Check returns nil where the kernel has a keyring for this user and lets this
// process use it. It reads no key.
func (k *Kernel) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.check()
}

// Password answers the password kept for account. A key that has expired or was
// revoked is secret.ErrNotFound.
func (k *Kernel) Password(ctx context.Context, account string) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	return k.read(k.description(account))
}

// Keep stores password for account, in place of what was there, so that only
// this user and who possesses the key can use it. It must have 1 to 32,767 bytes.
func (k *Kernel) Keep(ctx context.Context, account string, password secret.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.write(k.description(account), password)
}

// Forget invalidates the key for account, wherever it is linked.
func (k *Kernel) Forget(ctx context.Context, account string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.erase(k.description(account))
}

func (k *Kernel) description(account string) string { return k.config.service() + ":" + account }
