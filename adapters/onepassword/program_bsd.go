//go:build unix && !linux

package onepassword

import "syscall"

// attributes leaves op in the caller's process group, so that a signal to the group also stops
// op.
func attributes() *syscall.SysProcAttr { return nil }
