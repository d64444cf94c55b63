package runconfig

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Replace puts text in the place of the file at path, with mode 0600, whole or not
// at all, and so that it survives a loss of power. The folder must be there. What a
// Replace into it that was killed has left is removed.
func Replace(path string, text []byte) (err error) {
	sweep(filepath.Dir(path))
	temporary, err := os.CreateTemp(filepath.Dir(path), temporaryPrefix+"*") // with mode 0600
	if err != nil {
		return unwritable(path, err)
	}
	_, err = temporary.Write(text)
	if err == nil {
		err = temporary.Sync()
	}
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
		return unwritable(path, err)
	}
	if err := syncFolder(filepath.Dir(path)); err != nil {
		return unwritable(path, err)
	}
	return nil
}

const (
	temporaryPrefix = ".thv-"
	// abandoned is the age of a temporary file that nobody is writing any more.
	abandoned = time.Minute
)

// sweep removes temporary files that were abandoned; one that cannot be removed stays.
func sweep(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return
	}
	for _, entry := range entries {
		digits, found := strings.CutPrefix(entry.Name(), temporaryPrefix)
		if !found || digits == "" || strings.Trim(digits, "0123456789") != "" || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			_ = os.Remove(filepath.Join(folder, entry.Name()))
		}
	}
}

// syncFolder is content where a folder cannot be flushed.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	err = folder.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, folder.Close())
}
