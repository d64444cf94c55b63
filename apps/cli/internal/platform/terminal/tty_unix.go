//go:build !windows

package terminal

import (
	"os"

	"golang.org/x/sys/unix"
)

const ttyPath = "/dev/tty"

// InBackground reports whether stream is this process's terminal while another
// job has it, so that changing its mode would stop this one.
func InBackground(stream any) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	group, err := unix.IoctlGetInt(int(file.Fd()), unix.TIOCGPGRP)
	return err == nil && group != unix.Getpgrp()
}
