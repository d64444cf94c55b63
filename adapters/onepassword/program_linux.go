package onepassword

import "syscall"

// attributes leave the program in the caller's process group, so that who ends
// the group ends the program too, and have the kernel kill it when the thread
// that started it ends: with this process, also where that is killed alone. The
// kernel does not do so for an op that is installed set-group-ID.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
