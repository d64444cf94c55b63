//go:build !windows

package compose

import "golang.org/x/sys/unix"

// closeOnExec says whether a descriptor stays here when a program is started. One
// that is not open is found out when it is read.
func closeOnExec(fd int, stays bool) {
	if fd <= 2 {
		return
	}
	flags := 0
	if stays {
		flags = unix.FD_CLOEXEC
	}
	_, _ = unix.FcntlInt(uintptr(fd), unix.F_SETFD, flags)
}
