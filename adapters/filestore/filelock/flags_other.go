//go:build !unix

package filelock

// openFlags is empty: on this system an open lock file cannot be removed, and check has
// refused a symbolic link.
const openFlags = 0
