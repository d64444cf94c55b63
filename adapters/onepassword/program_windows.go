package onepassword

import "syscall"

// attributes keep the console's Ctrl-C from the program; its context ends it, and
// the job that the caller is in.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP, HideWindow: true}
}
