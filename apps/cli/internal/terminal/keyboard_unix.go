//go:build !windows

package terminal

import (
	"errors"
	"fmt"

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
