// Package procharden keeps this process's memory from other processes of its user.
package procharden

import "golang.org/x/sys/unix"

// DisableDumps keeps this process's memory and first environment, which may hold
// the store's password, from other processes of the same user: what it starts
// among them. Core dumps are off, too. A program that replaces this one is as it
// always is. Where the kernel refuses, thv works all the same.
func DisableDumps() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
