//go:build unix && !linux

package signals

import "syscall"

// parentOf returns the id of a process's parent, which is known for this process only.
func parentOf(pid int) int {
	if pid == syscall.Getpid() {
		return syscall.Getppid()
	}
	return unknown
}
