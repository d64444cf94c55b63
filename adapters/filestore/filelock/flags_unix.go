//go:build unix

package filelock

import "syscall"

// openFlags follow no symbolic link and wait for no other end of a pipe.
const openFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK
