package status

import (
	"os"

	"github.com/gofrs/flock"
)

func locked(path string) bool {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return false
	}
	lock := flock.New(path)
	mine, err := lock.TryRLock()
	if err == nil && mine {
		_ = lock.Unlock()
		return false
	}
	return true
}
