//go:build !linux

package keyring

import "github.com/thv-secrets/thv/core/secret"

func (*Kernel) check() error { return unsupported("only Linux has a kernel keyring") }

func (k *Kernel) read(string) (secret.Value, error) { return secret.Value{}, k.check() }

func (k *Kernel) write(string, secret.Value) error { return k.check() }

func (k *Kernel) erase(string) error { return k.check() }
