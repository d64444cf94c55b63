// Package procharden keeps this process's memory from other processes of its user.
package procharden

import "golang.org/x/sys/unix"

// DisableDumps keeps this process's memory and first environment, which may hold the
// store's password, from other processes of the same user, also from those that it
// starts. Core dumps are disabled, too. execve resets this flag. If the kernel refuses,
// thv works without it.
func DisableDumps() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
