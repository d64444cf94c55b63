//go:build !unix

package filelock

// openFlags are none: there a lock file cannot be removed while it is open, and check
// has refused a symbolic link.
const openFlags = 0
