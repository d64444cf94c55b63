package foreground

import (
	"errors"
	"os"
	"syscall"
)

// forwarded are the signals that are forwarded to a workload. Windows does not report a new
// size.
var forwarded = []os.Signal{os.Interrupt, syscall.SIGTERM}

func isResize(os.Signal) bool { return false }

// ends reports whether a signal asks for the end.
func ends(os.Signal) bool { return true }

// surviveBrokenPipes does nothing on Windows, since a write to a broken pipe just fails.
func surviveBrokenPipes() (restore func()) { return func() {} }

// brokenPipe reports whether err is that of writing to a pipe without a reader.
func brokenPipe(err error) bool {
	const noData = syscall.Errno(232) // ERROR_NO_DATA: the pipe is being closed
	return errors.Is(err, syscall.ERROR_BROKEN_PIPE) || errors.Is(err, noData)
}
