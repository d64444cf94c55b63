//go:build !windows

package detach

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// endings are the signals that end a command.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// session is one of its own: no terminal's signal reaches the process.
func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// nothing has the file's number mean the null device, so that it is no other
// file's later.
func nothing(file *os.File) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	_ = unix.Dup2(int(null.Fd()), int(file.Fd()))
}
