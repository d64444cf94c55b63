//go:build !windows

package handoff

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminationSignals are the signals that end a command.
var terminationSignals = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// session starts the process in its own session, so that no terminal can signal it.
func session() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }

// closeFilesOnExec marks inherited descriptors close-on-exec: otherwise a pipe of thv's caller
// would stay open as long as the workload.
func closeFilesOnExec() {
	entries, err := os.ReadDir("/dev/fd")
	if err != nil {
		return
	}
	for _, entry := range entries {
		if fd, err := strconv.Atoi(entry.Name()); err == nil && fd > 2 {
			unix.CloseOnExec(fd)
		}
	}
}

// redirectToNull replaces the file by the null device, so that its descriptor is not reused.
func redirectToNull(file *os.File) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	_ = unix.Dup2(int(null.Fd()), int(file.Fd()))
}
