//go:build !windows

package compose

import (
	"os"
	"syscall"
)

// terminationSignals are the signals that end a command.
var terminationSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
