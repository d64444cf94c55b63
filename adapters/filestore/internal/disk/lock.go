package disk

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/core/secret"
)

// Lock is the right to replace one file. It is between processes, and between
// the Locks of one process. It is not for use by several goroutines.
type Lock struct {
	path   string
	lock   *flock.Flock
	folder *os.File
}

// LockPath returns the file beside path that is locked in its stead.
func LockPath(path string) string { return path + ".lock" }

// Acquire makes the folder of path where it is missing, checks it, and takes the
// lock beside the file, for which it waits at most timeout. Waiting longer is
// secret.ErrUnavailable; a context that is done ends the wait.
//
// The lock file is never removed: a process that waits on a removed one would
// hold a lock that the next process does not see.
func Acquire(ctx context.Context, path string, timeout time.Duration) (*Lock, error) {
	folder := filepath.Dir(path)
	if err := makeFolder(folder); err != nil {
		return nil, err
	}
	if err := CheckFolder(folder); err != nil {
		return nil, err
	}
	if err := checkLock(LockPath(path)); err != nil {
		return nil, err
	}
	lock := flock.New(LockPath(path), flock.SetFlag(os.O_CREATE|os.O_RDONLY|lockFlags))
	if err := wait(ctx, lock, timeout); err != nil {
		return nil, err
	}
	opened, err := os.Open(folder) // the store's own folder
	if err != nil {
		_ = lock.Unlock()
		return nil, writeError(folder, err)
	}
	return &Lock{path: path, lock: lock, folder: opened}, nil
}

// checkLock refuses what could not be locked, or never be opened, such as a pipe.
func checkLock(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return noRegularFile(path)
	}
	return nil // what else is wrong, opening it says
}

// Release gives the lock back. It may be called more than once.
func (l *Lock) Release() {
	_ = l.folder.Close()
	// What fails here the system does at the process's end.
	_ = l.lock.Unlock()
}

// wait takes the lock in the system's queue rather than by trying again and
// again, so that many writers get their turns.
func wait(ctx context.Context, lock *flock.Flock, timeout time.Duration) error {
	got, err := lock.TryLock()
	if err != nil {
		return writeError(lock.Path(), err)
	}
	if got {
		return nil
	}
	done := make(chan error, 1)
	go func() { done <- lock.Lock() }()
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	select {
	case err := <-done:
		if err != nil {
			return writeError(lock.Path(), err)
		}
		return nil
	case <-ctx.Done():
		go abandon(lock, done)
		return ctx.Err()
	case <-timer.C:
		go abandon(lock, done)
		return fmt.Errorf("%w: another process%s has held %s for %v; if it was stopped, continue or end it",
			secret.ErrUnavailable, holder(lock.Path()), lock.Path(), timeout)
	}
}

// abandon gives back a lock that came too late: the system's wait for it cannot
// be called off.
func abandon(lock *flock.Flock, done <-chan error) {
	if <-done == nil {
		_ = lock.Unlock()
	}
}
