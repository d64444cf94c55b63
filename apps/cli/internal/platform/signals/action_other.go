//go:build !linux

package signals

import (
	"os"
	"syscall"
)

// Stops are empty here: once one was caught, the runtime would keep it from
// stopping this process.
var Stops []os.Signal

func ignored(os.Signal) bool { return false }

func release(syscall.Signal) (restore func()) { return func() {} }
