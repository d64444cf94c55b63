//go:build !windows

package signals

import (
	"os"
	"os/signal"
	"syscall"
	"time"
)

// stopWait bounds the wait for a stop that does not come, since nothing could end
// it: this process's group has no shell above it.
const stopWait = time.Second

// Suspend stops this process as sig (SIGTSTP, SIGTTIN, SIGTTOU or SIGSTOP) does
// without anybody catching it, and with job also the other processes of its group,
// as a terminal does. It returns once this process is continued, or at once if it
// cannot be stopped. The caller has put its terminal back before.
func Suspend(sig syscall.Signal, job bool) {
	continued := make(chan os.Signal, 1)
	signal.Notify(continued, syscall.SIGCONT)
	defer signal.Stop(continued)
	defer release(sig)()
	whom := 0 // the group
	if !job {
		whom = syscall.Getpid()
	}
	if err := syscall.Kill(whom, sig); err != nil {
		return
	}
	timer := time.NewTimer(stopWait)
	defer timer.Stop()
	select {
	case <-continued:
	case <-timer.C:
	}
}
