// Package keyring keeps secrets in the keyrings of the operating system. [OS] and [Kernel]
// are key sources, which keep the passwords of encrypted stores. [Provider] resolves
// references to the user's items.
//
// # References
//
// keyring://service/account refers to an item of the OS keyring by its service and account.
// Both parts are percent-decoded, so a slash in one is written as %2F. A bare name is not
// found. The service of the key sources ([Config].Service) is refused, since its items are
// the passwords of stores.
//
// # Capabilities
//
// Provider can get, put, delete and check. It cannot list, since a keyring also contains the
// items of other programs.
//
// # Backends
//
// On Linux the OS keyring is the Secret Service on the session bus
// (gnome-keyring, KWallet, KeePassXC). It is called directly, because go-keyring's calls
// have no time limit there, may start their own bus, and need twice as many round trips.
// Items have go-keyring's attributes, label and content, so that both can read each other's
// items. On macOS the OS keyring is the login Keychain and on Windows the Credential
// Manager, both through go-keyring. Kernel is the Linux kernel's user keyring, which is
// lost at a reboot.
//
// # Errors
//
// secret.ErrNotFound means that the keyring works and has no such item.
// secret.ErrUnsupported means that this machine or session has no such keyring:
// no session bus, no Secret Service on it, no collection to keep things in,
// keyctl forbidden. secret.ErrLocked means that it was not unlocked in time.
// All other failures are secret.ErrUnavailable or secret.ErrDenied. Values over the
// platform's limit are secret.ErrTooLarge:
// 1 MiB in the Secret Service, about 2,900 bytes on macOS, 2,560 on Windows,
// 32,767 in the Linux kernel.
//
// # Security
//
// Every process of the same user can read the items; only macOS may ask the user. On the
// session bus values are transferred unencrypted, through a socket that only this user can
// open. Check never writes to find out whether writing works.
package keyring
