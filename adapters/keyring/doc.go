// Package keyring keeps secrets where the operating system keeps them. OS and
// Kernel are key sources, which hold the passwords of encrypted stores;
// Provider answers references of the user's own.
//
// # References
//
// keyring://service/account names an item of the OS keyring by the two names
// that programs file it under. Both parts are percent-decoded, so that a slash
// inside one is written %2F. A bare name is not found here. The service that the
// key sources use (Config.Service) is refused: what lies there opens the stores.
//
// # Capabilities
//
// Provider can get, put, delete and check. It cannot list: a keyring holds what
// other programs keep there too.
//
// # The parts behind it
//
// On Linux the OS keyring is the Secret Service on the session bus
// (gnome-keyring, KWallet, KeePassXC), spoken to directly: go-keyring's own
// calls there have no time limit, may start a bus of their own, and take twice
// as many round trips. What is written has go-keyring's attributes, label
// and content, and both read each other's items. On macOS it is the login
// Keychain and on Windows the Credential Manager, both through go-keyring.
// Kernel is the Linux kernel's user keyring, which forgets at a reboot.
//
// # Errors
//
// secret.ErrNotFound means that the keyring works and has no such item.
// secret.ErrUnsupported means that this machine or session has no such keyring:
// no session bus, no Secret Service on it, no collection to keep things in,
// keyctl forbidden. secret.ErrLocked means that it was not unlocked in time.
// Everything else that stands in the way is secret.ErrUnavailable or
// secret.ErrDenied. Values over the platform's limit are secret.ErrTooLarge:
// 1 MiB in the Secret Service, about 2,900 bytes on macOS, 2,560 on Windows,
// 32,767 in the Linux kernel.
//
// # Security
//
// Every process of the same user can read what is kept here; macOS alone may
// ask. On the session bus values travel in the clear, through a socket that only
// this user can open. Nothing is ever written to find out whether writing works.
package keyring
