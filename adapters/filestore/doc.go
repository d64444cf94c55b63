// Package filestore is the encrypted store: one file of secrets, sealed with
// AES-256-GCM, in the two formats that docs/store-format.md describes. New stores
// have format 2. Format 1 is older; this package will always read and write it.
//
// # References
//
// A bare name, or thv:// and a name. Names of the system are names like others
// here; keeping people from them is the caller's part. An old store may hold
// names that are no valid reference; they are listed all the same, and
// thv:// reaches those that are text without control characters.
//
// # Capabilities
//
// Get, GetAll, Put, Delete, List, Check. Nothing has to be set up: reading from
// a store that does not exist asks for no password and finds nothing, and the
// first Put makes it. Format 2 keeps any bytes, times and descriptions; format 1
// keeps UTF-8 only, and no more than name and value. A value has at most 1 MiB, a
// store 32 MiB.
//
// Readers take no lock. Writers, of any number of processes, queue for one; what
// Put has acknowledged survives a crash and a loss of power.
//
// # Errors
//
// secret.ErrLocked: no password, or a wrong one. secret.ErrCorrupt: the file is
// not what was written; in format 1 that cannot be told from a wrong password,
// which the error says. secret.ErrDenied: the file or its folder is open to
// others, or closed to this user. secret.ErrUnavailable: no space, or the lock
// was not to be had. secret.ErrUnsupported: a store from the future, or bytes
// that format 1 cannot hold. None of them leaves the store other than it was, but
// for a write that is in place and not known to be on disk, and a change of
// password whose new text could not be kept: both say so.
//
// # Security
//
// The password comes from a Keys, which the caller gives; this package reads no
// keyring and no environment. What a keyring answers and does not open the store
// is passed over as outdated. Names, values, descriptions and times are sealed;
// the file's size and, in format 2, the store's id and the number of its writes
// are not. A copy of an older file that is put back is taken for the store: see
// the document for that, and for what a change of password does not do.
package filestore
