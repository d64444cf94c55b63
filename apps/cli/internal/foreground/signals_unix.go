//go:build !windows

package foreground

import (
	"os"
	"syscall"
)

// forwarded are the signals that go on to a workload.
var forwarded = []os.Signal{
	os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT,
	syscall.SIGUSR1, syscall.SIGUSR2, syscall.SIGWINCH,
}

func isResize(sig os.Signal) bool { return sig == syscall.SIGWINCH }
