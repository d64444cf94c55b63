package disk

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/core/secret"
)

// Lock is the exclusive right to replace one file, between processes and between the Locks
// of one process. It is not safe for concurrent use.
type Lock struct {
	path   string
	lock   *filelock.Lock
	folder *os.File
}

// LockPath returns the path of the lock file for path.
func LockPath(path string) string { return path + ".lock" }

// Acquire creates the directory of path if it is missing, checks it, and takes the lock of
// the file, for which it waits at most timeout. After that it returns
// [secret.ErrUnavailable]; it also returns when ctx is done. Other programs take the lock
// too, and remove its file.
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
	opened, err := os.Open(folder) // the store's directory
	if err != nil {
		lock.Release()
		return nil, writeError(folder, err)
	}
	return &Lock{path: path, lock: lock, folder: opened}, nil
}

// Renew takes the lock again after [ErrLost] or [ErrDoubtful], and waits at most timeout.
// Other processes of thv were excluded in between, but other programs were not.
func (l *Lock) Renew(ctx context.Context, timeout time.Duration) error {
	if err := l.lock.Renew(ctx, timeout); err != nil {
		return lockError(l.path, err)
	}
	return nil
}

// lockError classifies an error of the system.
func lockError(path string, err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return writeError(LockPath(path), err)
	}
	return err
}

// Release releases the lock. It may be called more than once.
func (l *Lock) Release() {
	_ = l.folder.Close()
	l.lock.Release()
}
