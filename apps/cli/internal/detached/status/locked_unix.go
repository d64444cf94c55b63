//go:build !windows

package status

import (
	"errors"
	"syscall"
)

// locked queries the system directly, since a list queries it for every workload.
func locked(path string) bool {
	fd, err := syscall.Open(path, syscall.O_RDONLY|syscall.O_CLOEXEC, 0)
	if err != nil {
		return !errors.Is(err, syscall.ENOENT)
	}
	defer syscall.Close(fd)
	for {
		err := syscall.Flock(fd, syscall.LOCK_SH|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EINTR) {
			return err != nil // closing releases it
		}
	}
}
