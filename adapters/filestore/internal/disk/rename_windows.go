package disk

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const (
	renameTries = 100
	renamePause = 10 * time.Millisecond
)

// rename retries for a second: on this system a file cannot be replaced while it is being
// read, which takes milliseconds.
func rename(from, to string) error {
	err := os.Rename(from, to)
	for range renameTries {
		if !errors.Is(err, windows.ERROR_SHARING_VIOLATION) && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
			break
		}
		time.Sleep(renamePause)
		err = os.Rename(from, to)
	}
	return err
}

// syncFolder does nothing: directories cannot be flushed on this system.
func syncFolder(*os.File) error { return nil }
