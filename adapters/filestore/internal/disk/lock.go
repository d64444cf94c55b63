package disk

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/core/secret"
)

// Lock is the right to replace one file. It is between processes, and between
// the Locks of one process. It is not for use by several goroutines.
type Lock struct {
	path   string
	lock   *filelock.Lock
	folder *os.File
}

// LockPath returns the file beside path that is locked in its stead.
func LockPath(path string) string { return path + ".lock" }

// Acquire makes the folder of path where it is missing, checks it, and takes the
// lock beside the file, for which it waits at most timeout. Waiting longer is
// secret.ErrUnavailable; a context that is done ends the wait. Other programs take
// the lock too, and remove its file.
func Acquire(ctx context.Context, path string, timeout time.Duration) (*Lock, error) {
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	if err := CheckFolder(folder); err != nil {
		return nil, err
	}
	lock, err := filelock.AcquireShared(ctx, LockPath(path), timeout)
	if err != nil {
		return nil, lockError(path, err)
	}
	opened, err := os.Open(folder) // the store's own folder
	if err != nil {
		lock.Release()
		return nil, writeError(folder, err)
	}
	return &Lock{path: path, lock: lock, folder: opened}, nil
}

// Renew takes the lock again after ErrLost or ErrDoubtful, and waits for it at most
// timeout. Other processes of thv were kept out all the time, other programs were not.
func (l *Lock) Renew(ctx context.Context, timeout time.Duration) error {
	if err := l.lock.Renew(ctx, timeout); err != nil {
		return lockError(l.path, err)
	}
	return nil
}

// lockError classifies what is the system's.
func lockError(path string, err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return writeError(LockPath(path), err)
	}
	return err
}

// Release gives the lock back. It may be called more than once.
func (l *Lock) Release() {
	_ = l.folder.Close()
	l.lock.Release()
}
