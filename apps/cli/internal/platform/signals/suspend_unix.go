//go:build !windows

package signals

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// stopWait bounds the wait for a stop that was not announced and may not come.
const stopWait = time.Second

// Suspend stops this process as sig (SIGTSTP, SIGTTIN, SIGTTOU or SIGSTOP) does if it
// is not caught, and with job also the other processes of its group, as a terminal
// does. It returns once this process is continued, or at once if it cannot be stopped,
// since no shell could continue it. It reports whether it was stopped. The caller has
// put its terminal back before.
func Suspend(sig syscall.Signal, job bool) bool {
	if orphaned() {
		return false
	}
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	defer release(sig)()
	target := 0 // the group
	if !job {
		target = syscall.Getpid()
	}
	if err := syscall.Kill(target, sig); err != nil {
		return false
	}
	timer := time.NewTimer(stopWait)
	defer timer.Stop()
	select {
	case <-continued:
		return true
	case <-timer.C:
		return false
	}
}

// orphaned reports whether no process above this one could continue its group, as far
// as the system shows: the first of them in another group is in another session, or
// does not exist because the session's leader is in this group.
func orphaned() bool {
	group, session := unix.Getpgrp(), sessionOf(0)
	for pid := syscall.Getpid(); ; {
		parent := parentOf(pid)
		switch {
		case parent == unknown:
			return false
		case pid == session, parent == 0, sessionOf(parent) != session:
			return true
		}
		if above, err := unix.Getpgid(parent); err != nil || above != group {
			return false
		}
		pid = parent
	}
}

func sessionOf(pid int) int {
	session, err := unix.Getsid(pid)
	if err != nil {
		return unknown
	}
	return session
}

const unknown = -1
