//go:build unix

package onepassword

import (
	"os/exec"
	"syscall"
)

// alone gives the program a process group of its own, which ends with its context
// as a whole: op may have started others.
func alone(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
