//go:build linux || darwin

package ownfile

import (
	"os"
	"syscall"
)

// readOnlyFlag is ST_RDONLY on Linux and MNT_RDONLY on macOS.
const readOnlyFlag = 1

// readOnly reports whether the file system of file is mounted read-only.
func readOnly(file *os.File) bool {
	var stat syscall.Statfs_t
	return syscall.Fstatfs(int(file.Fd()), &stat) == nil && stat.Flags&readOnlyFlag != 0
}
