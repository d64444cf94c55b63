package terminal

import "golang.org/x/sys/unix"

func echoes(fd int) bool {
	state, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	return err != nil || state.Lflag&unix.ECHO != 0
}
