package terminal

import "golang.org/x/sys/unix"

const (
	getMode        = unix.TCGETS
	setMode        = unix.TCSETS
	setModeFlushed = unix.TCSETSF
	noKey          = 0
)
