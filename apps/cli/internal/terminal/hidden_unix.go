//go:build !windows

package terminal

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// ends are the signals that end a prompt.
var ends = []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT}

// hideKeys has the terminal pass keys on one by one and show none: by lines it
// cuts off what is longer than 1 KiB to 4 KiB, and says nothing. The caller puts
// it back. Ctrl-Z does nothing, since a shell would have the rest shown.
func hideKeys(tty *os.File) error {
	fd := int(tty.Fd())
	mode, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil {
		return err
	}
	mode.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.IEXTEN
	mode.Lflag |= unix.ISIG
	mode.Iflag |= unix.ICRNL
	mode.Cc[unix.VMIN], mode.Cc[unix.VTIME] = 1, 0
	mode.Cc[unix.VSUSP] = noKey
	return unix.IoctlSetTermios(fd, setMode, mode)
}

// readLine reads the line after hideKeys.
func readLine(tty *os.File) ([]byte, error) { return editLine(tty) }
