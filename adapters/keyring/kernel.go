package keyring

import (
	"context"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

var _ provider.KeySource = (*Kernel)(nil)

// Kernel is the Linux kernel's keyring as a key source: a key of type "user"
// with the description "<service>:<account>" in the user keyring (@u), which all
// of the user's processes share and which is lost at a reboot. On other systems every call
// returns [secret.ErrUnsupported]. It is safe for concurrent use. On the threads that it
// uses it leaves only an empty keyring, which ends with the thread.
type Kernel struct{ config Config }

// NewKernel returns the kernel keyring without a call. It uses only config.Service: the calls
// are system calls, which do not wait.
func NewKernel(config Config) *Kernel { return &Kernel{config: config} }

// Name returns the key source's name for messages.
func (*Kernel) Name() string { return "kernel keyring" }

// Persistent returns false: passwords are lost at a reboot.
func (*Kernel) Persistent() bool { return false }

// Check returns nil if the kernel has a keyring for this user and allows this process to use
// it. It reads no key.
func (k *Kernel) Check(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.check()
}

// Password returns the password of account. An expired or revoked key is
// [secret.ErrNotFound].
func (k *Kernel) Password(ctx context.Context, account string) (secret.Value, error) {
	if err := ctx.Err(); err != nil {
		return secret.Value{}, err
	}
	return k.read(k.description(account))
}

// Keep stores the password of account and replaces an existing one. Only this user and a
// possessor of the key can use it. It must have 1 to 32,767 bytes.
func (k *Kernel) Keep(ctx context.Context, account string, password secret.Value) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.write(k.description(account), password)
}

// Forget invalidates the key of account in all keyrings that link it.
func (k *Kernel) Forget(ctx context.Context, account string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return k.erase(k.description(account))
}

func (k *Kernel) description(account string) string { return k.config.service() + ":" + account }
