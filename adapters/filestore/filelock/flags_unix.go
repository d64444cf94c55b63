//go:build unix

package filelock

import "syscall"

// openFlags do not follow a symbolic link, and do not wait for the other end of a pipe.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
