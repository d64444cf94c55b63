package runconfig

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// Replace puts text in the place of the file at path, with mode 0600, whole or not
// at all, and so that it survives a loss of power. The folder must be there.
func Replace(path string, text []byte) (err error) {
	temporary, err := os.CreateTemp(filepath.Dir(path), ".thv-*") // with mode 0600
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
