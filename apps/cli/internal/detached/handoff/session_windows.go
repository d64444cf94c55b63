package handoff

import (
	"os"
	"syscall"

	"golang.org/x/sys/windows"
)

// endings are the signals that end a command.
var endings = []os.Signal{os.Interrupt, syscall.SIGTERM}

// session is without this process's console: none of its signals reach the
// process.
func session() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: windows.DETACHED_PROCESS | windows.CREATE_NEW_PROCESS_GROUP}
}

func nothing(file *os.File) { _ = file.Close() }

// keepFiles does nothing: only listed handles are inherited.
func keepFiles() {}
