package keyring

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/godbus/dbus/v5"
	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

// D-Bus error names that decide a class. All others are secret.ErrUnavailable.
const (
	busServiceUnknown = "org.freedesktop.DBus.Error.ServiceUnknown"
	busNoOwner        = "org.freedesktop.DBus.Error.NameHasNoOwner"
	busUnknownMethod  = "org.freedesktop.DBus.Error.UnknownMethod"
	busAccessDenied   = "org.freedesktop.DBus.Error.AccessDenied"
	secretIsLocked    = "org.freedesktop.Secret.Error.IsLocked"
	secretNoObject    = "org.freedesktop.Secret.Error.NoSuchObject"
)

// callError classifies the error of a call to the Secret Service.
func callError(doing string, err error) error {
	var reply dbus.Error
	if !errors.As(err, &reply) {
		return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, doing, err)
	}
	switch reply.Name {
	case busServiceUnknown, busNoOwner:
		return unsupported("no program on the session bus keeps secrets (install or start gnome-keyring, KWallet or KeePassXC)")
	case busAccessDenied:
		return fmt.Errorf("%w: %s: %w", secret.ErrDenied, doing, reply)
	case secretIsLocked:
		return locked(doing)
	}
	return fmt.Errorf("%w: %s: %w", secret.ErrUnavailable, doing, reply)
}

func dialError(err error) error {
	class := secret.ErrUnavailable
	if errors.Is(err, fs.ErrPermission) {
		class = secret.ErrDenied
	}
	return fmt.Errorf("%w: the session bus cannot be reached: %w", class, err)
}

func locked(doing string) error {
	return fmt.Errorf("%w: %s: the keyring is locked (unlock it in the desktop's password program, then try again)",
		secret.ErrLocked, doing)
}

func isReply(err error, name string) bool {
	var reply dbus.Error
	return errors.As(err, &reply) && reply.Name == name
}

// absent reports whether there is no key, or none that is still usable.
func absent(err error) bool {
	return errors.Is(err, unix.ENOKEY) || errors.Is(err, unix.EKEYEXPIRED) || errors.Is(err, unix.EKEYREVOKED)
}

func forbidden(err error) error {
	return unsupported("keyctl is forbidden here, by a container's seccomp profile or a kernel without keys: %v", err)
}

// keyError classifies the kernel's error about a key.
func keyError(err error, what string) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, unix.EKEYEXPIRED):
		return fmt.Errorf("%w: the key %q in the kernel keyring has expired", secret.ErrNotFound, what)
	case errors.Is(err, unix.EKEYREVOKED):
		return fmt.Errorf("%w: the key %q in the kernel keyring was revoked or removed", secret.ErrNotFound, what)
	case errors.Is(err, unix.ENOKEY):
		return fmt.Errorf("%w: the kernel keyring has no key %q", secret.ErrNotFound, what)
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.ENOSYS):
		return forbidden(err)
	case errors.Is(err, unix.EACCES):
		return fmt.Errorf("%w: the permissions of %q in the kernel keyring do not allow it (see keyctl show @u)", secret.ErrDenied, what)
	case errors.Is(err, unix.EDQUOT):
		return fmt.Errorf("%w: this user's quota of kernel keys is used up (see /proc/key-users, and maxkeys and maxbytes in /proc/sys/kernel/keys)",
			secret.ErrUnavailable)
	}
	return fmt.Errorf("%w: %q in the kernel keyring: %w", secret.ErrUnavailable, what, err)
}
