package onepassword

import "syscall"

// attributes keeps the console's Ctrl-C from op, which ends with its context and with the
// caller's job.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}
