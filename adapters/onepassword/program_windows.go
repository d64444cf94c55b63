package onepassword

import (
	"os/exec"
	"syscall"
)

// alone keeps the console's Ctrl-C from the program; its context ends it.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}
