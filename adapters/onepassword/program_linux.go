package onepassword

import "syscall"

// attributes leaves op in the caller's process group, so that a signal to the group also stops
// op, and makes the kernel kill op when the thread that started it ends, also if only this
// process is killed. The kernel does not do that for an op that is installed set-group-ID.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} }
