package atomicfile

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
)

// makeTemporary makes a file that is locked until done, so that no sweep removes it as
// an abandoned one, however long this process is stopped. On Windows, an open file
// cannot be removed, and a locked one cannot be renamed.
func makeTemporary(directory string) (temporary *os.File, done func(), err error) {
	for {
		temporary, err = os.CreateTemp(directory, temporaryPrefix+"*") // with mode 0600
		if err != nil || runtime.GOOS == "windows" {
			return temporary, func() {}, err
		}
		lock, err := filelock.Acquire(context.Background(), temporary.Name(), 0)
		if err == nil && same(temporary) {
			return temporary, lock.Release, nil
		}
		if err == nil {
			_ = os.Remove(temporary.Name()) // swept before it was locked, and made by the lock
			lock.Release()
		}
		_ = temporary.Close()
		if err != nil && !errors.Is(err, filelock.ErrHeld) { // a sweep holds what it looks at
			_ = os.Remove(temporary.Name())
			return nil, nil, err
		}
	}
}

// same reports whether file is still the file at its path.
func same(file *os.File) bool {
	opened, err := file.Stat()
	if err != nil {
		return false
	}
	there, err := os.Lstat(file.Name())
	return err == nil && os.SameFile(opened, there)
}

const (
	temporaryPrefix = ".thv-"
	// abandoned is the age from which a temporary file is looked at.
	abandoned = time.Minute
)

// sweep removes temporary files that were abandoned; one that cannot be removed stays.
func sweep(directory string) {
	entries, err := os.ReadDir(directory)
	if err != nil {
		return
	}
	for _, entry := range entries {
		digits, found := strings.CutPrefix(entry.Name(), temporaryPrefix)
		if !found || digits == "" || strings.Trim(digits, "0123456789") != "" || !entry.Type().IsRegular() {
			continue
		}
		if info, err := entry.Info(); err == nil && time.Since(info.ModTime()) > abandoned {
			removeUnlocked(filepath.Join(directory, entry.Name()))
		}
	}
}

// removeUnlocked removes a temporary file unless a process has it, which holds its
// lock.
func removeUnlocked(path string) {
	lock, err := filelock.Acquire(context.Background(), path, 0)
	if err != nil {
		return
	}
	if runtime.GOOS == "windows" {
		lock.Release()
	}
	_ = os.Remove(path)
	lock.Release()
}
