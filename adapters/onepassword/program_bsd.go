//go:build unix && !linux

package onepassword

import "syscall"

// attributes leave the program in the caller's process group, so that who ends
// the group ends the program too.
func attributes() *syscall.SysProcAttr { return nil }
