//go:build !windows

package compose

import (
	"os"
	"syscall"
)

// endings are the signals that end a command.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}
