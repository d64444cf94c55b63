//go:build !windows

package terminal

import (
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
)

// readable waits for at most wait until tty can be read. It uses select, since
// macOS does not poll terminals. A signal ends the wait early.
func readable(tty *os.File, wait time.Duration) (bool, error) {
	fd := int(tty.Fd())
	if fd >= unix.FD_SETSIZE {
		return false, fmt.Errorf("the terminal's descriptor %d is too large to wait for", fd)
	}
	var set unix.FdSet
	set.Set(fd)
	limit := unix.NsecToTimeval(wait.Nanoseconds())
	n, err := unix.Select(fd+1, &set, nil, nil, &limit)
	if errors.Is(err, unix.EINTR) {
		return false, nil
	}
	return n > 0, err
}

// awaitForeground stops this job, as a read from its terminal would, until it is
// in the foreground. It is ErrNoTerminal if no shell can bring it there.
func awaitForeground(tty *os.File) error {
	const tries = 3
	for range tries {
		if !InBackground(tty) {
			return nil
		}
		signals.Suspend(unix.SIGTTIN, true)
	}
	if InBackground(tty) {
		return fmt.Errorf("%w (another job has the terminal)", ErrNoTerminal)
	}
	return nil
}

// discard drops what is typed ahead at tty, and reports whether a line was.
func discard(tty *os.File) bool {
	more, err := readable(tty, quiet)
	if mode, failed := unix.IoctlGetTermios(int(tty.Fd()), getMode); failed == nil {
		_ = unix.IoctlSetTermios(int(tty.Fd()), setModeFlushed, mode)
	}
	return more && err == nil
}
