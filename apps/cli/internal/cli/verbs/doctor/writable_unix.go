//go:build !windows

package doctor

import "golang.org/x/sys/unix"

// writable reports whether this user may create files in a directory.
func writable(folder string) bool { return unix.Access(folder, unix.W_OK) == nil }
