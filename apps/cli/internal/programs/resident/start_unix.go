//go:build !windows

package resident

import "syscall"

// detached is a process of a session of its own: no terminal's signal reaches it,
// and it stays when what started it is gone.
func detached() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setsid: true} }
