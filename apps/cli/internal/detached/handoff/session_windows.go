package handoff

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// terminationSignals are the signals that end a command.
var terminationSignals = []os.Signal{os.Interrupt, syscall.SIGTERM}

// session is without this process's console: none of its signals reach the
// process.
func session() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}

func redirectToNull(file *os.File) { _ = file.Close() }

// closeFilesOnExec does nothing: only listed handles are inherited.
func closeFilesOnExec() {}
