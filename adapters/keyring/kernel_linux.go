package keyring

import (
	"errors"
	"fmt"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	keyType = "user"
	// maxKeyLen is the kernel's limit of a user key's payload, in bytes.
	maxKeyLen = 32767
	// userRing by its number below zero counts as possessed, on every thread.
	userRing = unix.KEY_SPEC_USER_KEYRING
	// keyPerm gives all permissions to the possessor and the description to the owner, as
	// the kernel does for a new key, and none to the group and others.
	keyPerm = 0x3f010000
)

// check also distinguishes a forbidden keyctl, for which the first call fails, from a key
// that this process may not use.
func (*Kernel) check() error {
	_, err := unix.KeyctlGetKeyringID(userRing, false)
	if errors.Is(err, unix.EACCES) {
		return forbidden(err)
	}
	return keyError(err, "the user keyring")
}

func (k *Kernel) read(description string) (secret.Value, error) {
	if err := k.check(); err != nil {
		return secret.Value{}, err
	}
	id, err := search(description)
	if err != nil {
		return secret.Value{}, keyError(err, description)
	}
	var payload []byte
	err = possessing(func() (err error) {
		payload, err = readKey(id)
		return err
	})
	if err != nil {
		return secret.Value{}, keyError(err, description)
	}
	defer clear(payload)
	return secret.NewValue(payload), nil
}

// write restricts the permissions of an existing key before it sets the new payload, so that
// the old payload stays after any failure.
func (k *Kernel) write(description string, value secret.Value) error {
	switch n := value.Len(); {
	case n == 0:
		return unsupported("the kernel keyring cannot hold an empty value")
	case n > maxKeyLen:
		return fmt.Errorf("%w: the kernel keyring takes at most %d bytes", secret.ErrTooLarge, maxKeyLen)
	}
	if err := k.check(); err != nil {
		return err
	}
	id, err := search(description)
	if err == nil {
		err = possessing(func() error { return unix.KeyctlSetperm(id, keyPerm) })
	}
	if err != nil && !absent(err) {
		return keyError(err, description)
	}
	payload := value.Bytes()
	defer clear(payload)
	_, err = unix.AddKey(keyType, description, payload, userRing)
	return keyError(err, description)
}

// erase continues until no key is found: a keyring that the user keyring links may have
// another one with the same description.
func (k *Kernel) erase(description string) error {
	if err := k.check(); err != nil {
		return err
	}
	for erased := 0; ; erased++ {
		id, err := search(description)
		if err == nil {
			err = possessing(func() error { return keyctl(unix.KEYCTL_INVALIDATE, id, 0) })
		}
		if erased > 0 && absent(err) {
			return nil
		}
		if err != nil {
			return keyError(err, description)
		}
	}
}

func search(description string) (int, error) {
	return unix.KeyctlSearch(userRing, keyType, description, 0)
}

// possessing runs call, which uses a key of the user keyring by its ID. By its ID a key is
// possessed only if the thread's keyrings link to it, and a session keyring may not link the
// user keyring (systemd's KeyringMode=private, some containers). In that case the thread's
// keyring links it during a second attempt, which is not the first because a link needs
// quota.
func possessing(call func() error) error {
	err := call()
	if !errors.Is(err, unix.EACCES) {
		return err
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := keyctl(unix.KEYCTL_LINK, userRing, unix.KEY_SPEC_THREAD_KEYRING); err != nil {
		return err
	}
	defer func() { _ = keyctl(unix.KEYCTL_UNLINK, userRing, unix.KEY_SPEC_THREAD_KEYRING) }()
	return call()
}

func readKey(id int) ([]byte, error) {
	buffer := make([]byte, 256)
	for {
		n, err := unix.KeyctlBuffer(unix.KEYCTL_READ, id, buffer, 0)
		if err != nil {
			return nil, err
		}
		if n <= len(buffer) {
			return buffer[:n], nil
		}
		clear(buffer)
		buffer = make([]byte, n)
	}
}

func keyctl(command, first, second int) error {
	_, err := unix.KeyctlInt(command, first, second, 0, 0)
	return err
}
