// Package filestore is the encrypted store: one file of secrets, sealed with
// AES-256-GCM, in the two formats that docs/store-format.md describes. New stores
// have format 2. Format 1 is older; this package will always read and write it.
//
// # References
//
// A bare name, or thv:// and a name. System names are treated like others; the caller
// restricts access to them. An old store may contain names that are not valid references.
// They are listed too, and thv:// can refer to those that are text without control
// characters.
//
// # Capabilities
//
// Get, GetAll, Put, Delete, List, Check. No setup is needed: reading from a missing store
// asks for no password and finds nothing, and the first Put creates the store. Format 2
// stores any bytes, times and descriptions; format 1 stores only names and values, in
// UTF-8. A value has at most 1 MiB, and a store 32 MiB.
//
// Readers take no lock. Writers of all processes wait for one lock. An acknowledged Put
// survives a crash and a loss of power.
//
// # Errors
//
// secret.ErrLocked: no password, or a wrong one. secret.ErrCorrupt: the file was changed or
// damaged; in format 1 this cannot be distinguished from a wrong password, and the error
// says so. secret.ErrDenied: other users can access the file or its directory, or this user
// cannot. secret.ErrUnavailable: there is no space, or the lock was not available.
// secret.ErrUnsupported: a store of a later version, or bytes that format 1 cannot
// represent. The store is unchanged after an error, with two exceptions that the error
// names: a write that may not survive a loss of power, and a change of the password whose
// new password could not be kept.
//
// # Security
//
// The caller provides the password by [Keys]; this package reads no keyring and no
// environment. A password from a keyring that does not open the store is skipped as
// outdated. Names, values, descriptions and times are encrypted; the size of the file and,
// in format 2, the store's ID and its number of writes are not. An older copy of the file
// is accepted as the store. The document describes this, and the limits of a change of the
// password.
package filestore
