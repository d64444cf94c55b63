// Package filelock locks files between processes, with a time limit.
//
// A lock is valid only while its file is the one at its path: other programs remove lock
// files after they have unlocked them, and a process that waited for a removed file then
// holds a lock that the next process does not see. So [Acquire] compares the locked file
// with the file at the path and takes the lock again if they differ, and [Lock.Held]
// repeats the comparison just before a change is made visible.
package filelock

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/core/secret"
)

// Mode is the mode of a lock file.
const Mode = 0o600

// OwnSuffix is added to the path of a shared lock for the second lock, which only thv
// takes. It is not ".lock", since programs that share the directory remove such files.
const OwnSuffix = ".thv"

// ErrHeld means that another process, or another [Lock] of this process, holds the lock.
// The error also wraps [secret.ErrUnavailable].
var ErrHeld = errors.New("the lock is held")

// Lock is a lock on one file. It is not safe for concurrent use.
type Lock struct {
	path string
	file *flock.Flock
	// own is taken before file if other programs take file too; otherwise it is nil.
	own *Lock
}

// Acquire takes the lock on the file at path, which it creates if necessary, and waits at
// most timeout; with a timeout of 0 or less it does not wait. The directory must exist.
//
// If another process holds the lock for that long, the error wraps [ErrHeld] and
// [secret.ErrUnavailable], and names the process if the system reports it. A file that is
// not regular is [secret.ErrDenied]. When ctx is done, Acquire returns its error. Other
// errors are those of the system, as *fs.PathError.
func Acquire(ctx context.Context, path string, timeout time.Duration) (*Lock, error) {
	deadline := time.Now().Add(timeout)
	for {
		if err := check(path); err != nil {
			return nil, err
		}
		lock := &Lock{path: path, file: flock.New(path, flock.SetFlag(os.O_CREATE|os.O_RDONLY|openFlags), flock.SetPermissions(Mode))}
		if err := wait(ctx, lock.file, timeout, time.Until(deadline)); err != nil {
			return nil, err
		}
		if lock.Held() {
			return lock, nil
		}
		lock.Release()
	}
}

// AcquireShared is [Acquire] for a lock that other programs also take, and may remove at any
// time. It first takes a second lock, at path with [OwnSuffix], which only thv takes, so
// that processes of thv exclude each other even if the shared lock is removed.
func AcquireShared(ctx context.Context, path string, timeout time.Duration) (*Lock, error) {
	deadline := time.Now().Add(timeout)
	own, err := Acquire(ctx, path+OwnSuffix, timeout)
	if err != nil {
		return nil, err
	}
	lock, err := Acquire(ctx, path, max(0, time.Until(deadline)))
	if err != nil {
		own.Release()
		return nil, err
	}
	lock.own = own
	return lock, nil
}

// Held reports whether the locked file is still the one at the path. If it is not, another
// process may hold the lock too.
func (l *Lock) Held() bool {
	locked, err := l.file.Stat()
	if err != nil || !l.file.Locked() {
		return false
	}
	there, err := os.Lstat(l.path)
	return err == nil && os.SameFile(locked, there)
}

// Renew takes a lost lock again; the second lock of [AcquireShared] is kept. Its errors are
// those of [Acquire]. After an error only Release may be called.
func (l *Lock) Renew(ctx context.Context, timeout time.Duration) error {
	_ = l.file.Unlock()
	next, err := Acquire(ctx, l.path, timeout)
	if err == nil {
		l.file = next.file
	}
	return err
}

// Release releases the lock. It may be called more than once. It does not remove the file: a
// process that waits for a removed file would hold a lock that no other process sees.
func (l *Lock) Release() {
	_ = l.file.Unlock() // the system unlocks it when the process exits
	if l.own != nil {
		l.own.Release()
	}
}

// check refuses a file that cannot be locked, or whose opening would block, such as a pipe.
func check(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a regular file; move it away or choose another path", secret.ErrDenied, path)
	}
	return nil // opening it reports any other problem
}

// wait uses the system's queue instead of repeated attempts, so that none of many writers
// starves.
func wait(ctx context.Context, file *flock.Flock, timeout, left time.Duration) error {
	got, err := file.TryLock()
	if err != nil || got {
		return err
	}
	if left <= 0 {
		return tooLong(file.Path(), timeout)
	}
	done := make(chan error, 1)
	go func() { done <- file.Lock() }()
	timer := time.NewTimer(left)
	defer timer.Stop()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		go abandon(file, done)
		return ctx.Err()
	case <-timer.C:
		go abandon(file, done)
		return tooLong(file.Path(), timeout)
	}
}

func tooLong(path string, timeout time.Duration) error {
	if timeout <= 0 {
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, heldError("another process holds "+path))
	}
	return fmt.Errorf("%w: %w", secret.ErrUnavailable,
		heldError(fmt.Sprintf("another process%s has held %s for %v; if it was stopped, continue or end it", holder(path), path, timeout)))
}

// heldError is [ErrHeld] with another text.
type heldError string

// Error returns the text.
func (e heldError) Error() string { return string(e) }

// Is reports whether target is ErrHeld.
func (e heldError) Is(target error) bool { return target == ErrHeld }

// abandon releases a lock that arrives after the time limit, since the system's wait for it
// cannot be canceled.
func abandon(file *flock.Flock, done <-chan error) {
	if <-done == nil {
		_ = file.Unlock()
	}
}

// Look returns the FileInfo of the lock file at path, or nil if there is none. It refuses a
// file that [Acquire] could not open. It takes no lock.
func Look(path string) (fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	if err := check(path); err != nil {
		return info, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|openFlags, 0)
	if err != nil {
		return info, err
	}
	return info, f.Close()
}
