//go:build darwin || freebsd || netbsd || openbsd

package terminal

import "golang.org/x/sys/unix"

const (
	getMode        = unix.TIOCGETA
	setMode        = unix.TIOCSETA
	setModeFlushed = unix.TIOCSETAF
	noKey          = 0xff
)
