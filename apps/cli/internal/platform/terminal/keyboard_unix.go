//go:build !windows

package terminal

import (
	"errors"
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// await waits for a key, or until the terminal is released. It reports whether there
// is a key that may be read without being stopped for it.
func (k *Keyboard) await() (bool, error) {
	tty, wake := int(k.tty.Fd()), int(k.wake.Fd())
	if max(tty, wake) >= unix.FD_SETSIZE {
		return false, fmt.Errorf("the terminal's descriptor %d is too large to wait for", max(tty, wake))
	}
	var set unix.FdSet
	set.Set(tty)
	set.Set(wake)
	if _, err := unix.Select(max(tty, wake)+1, &set, nil, nil, nil); errors.Is(err, unix.EINTR) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	if set.IsSet(wake) {
		_, err := k.wake.Read(make([]byte, 16))
		return false, err
	}
	if InBackground(k.tty) { // another job has got it while this one was stopped
		k.Release()
		return false, nil
	}
	return true, nil
}

// typedAhead reads the lines and ends of input that were typed at a terminal in its
// usual mode. In raw mode the kernel would pass an end of input on as a NUL.
func typedAhead(tty *os.File) []byte {
	fd := int(tty.Fd())
	mode, err := unix.IoctlGetTermios(fd, getMode)
	if err != nil || mode.Lflag&unix.ICANON == 0 || fd >= unix.FD_SETSIZE {
		return nil
	}
	var keys []byte
	line := make([]byte, longestLine)
	for len(keys) < maxAhead {
		var set unix.FdSet
		set.Set(fd)
		if n, err := unix.Select(fd+1, &set, nil, nil, new(unix.Timeval)); err != nil || n == 0 {
			break
		}
		n, err := unix.Read(fd, line)
		if err != nil {
			break
		}
		keys = append(keys, line[:n]...)
		if n == 0 || line[n-1] != '\n' {
			keys = append(keys, mode.Cc[unix.VEOF])
		}
	}
	return keys
}

const (
	longestLine = 4096     // of a terminal in its usual mode, on Linux; others have shorter ones
	maxAhead    = 64 << 10 // more than a terminal keeps
)
