// Package filelock locks files between processes, with a limit to the wait.
//
// A lock counts only as long as its file is the one at its path: other programs
// remove lock files after they have unlocked them, and a process that waited for the
// removed one then holds a lock that the next process does not see. So a lock that
// was taken is compared with what is at the path and taken again if that is another
// file, and [Lock.Held] repeats the comparison for the moment before a change is made
// visible.
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

// Mode is that of a lock file.
const Mode = 0o600

// OwnSuffix follows the path of a shared lock in the name of the lock that only thv
// takes. It is not ".lock", since programs that share the directory remove what ends
// so.
const OwnSuffix = ".thv"

// ErrHeld says: another process, or another Lock of this one, holds the lock. It comes
// with [secret.ErrUnavailable].
var ErrHeld = errors.New("the lock is held")

// Lock is a lock on one file. It is not for use by several goroutines.
type Lock struct {
	path string
	file *flock.Flock
	// own is taken before file where other programs take file too; nil elsewhere.
	own *Lock
}

// Acquire takes the lock on the file at path, which it makes, and waits for it at most
// timeout; a timeout of 0 or less does not wait. The directory must be there.
//
// If another process holds the lock for that long, the error is ErrHeld and
// secret.ErrUnavailable, and names the process if the system tells which it is. What
// is not a regular file is secret.ErrDenied. A context that is done ends the wait with
// its error. Other errors are those of the system, as *fs.PathError.
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

// AcquireShared is Acquire for a lock that other programs take too, and may remove
// from its path at any time. It first takes a second lock, at path and OwnSuffix,
// which only thv takes: so processes of thv exclude one another whatever becomes of
// the shared lock.
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

// Held reports whether the file that is locked is still the one at the path. If it is
// not, another process may hold the lock, too.
func (l *Lock) Held() bool {
	locked, err := l.file.Stat()
	if err != nil || !l.file.Locked() {
		return false
	}
	there, err := os.Lstat(l.path)
	return err == nil && os.SameFile(locked, there)
}

// Renew takes a lock again that is not held any more; the lock between processes of
// thv is kept. Errors are those of Acquire, after which only Release may be called.
func (l *Lock) Renew(ctx context.Context, timeout time.Duration) error {
	_ = l.file.Unlock()
	next, err := Acquire(ctx, l.path, timeout)
	if err == nil {
		l.file = next.file
	}
	return err
}

// Release gives the lock back. It may be called more than once. The file stays: a
// process that waits for a removed one would hold a lock that no other sees.
func (l *Lock) Release() {
	_ = l.file.Unlock() // what fails here the system does at the process's end
	if l.own != nil {
		l.own.Release()
	}
}

// check refuses what could not be locked, or never be opened, such as a pipe.
func check(path string) error {
	info, err := os.Lstat(path)
	if err == nil && !info.Mode().IsRegular() {
		return fmt.Errorf("%w: %s is not a regular file; move it away or choose another path", secret.ErrDenied, path)
	}
	return nil // opening it says what else is wrong
}

// wait takes the lock in the system's queue rather than by trying again and again, so
// that many writers get their turns.
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

// heldError is ErrHeld with a text of its own.
type heldError string

// Error returns the text.
func (e heldError) Error() string { return string(e) }

// Is reports whether target is ErrHeld.
func (e heldError) Is(target error) bool { return target == ErrHeld }

// abandon gives back a lock that came too late: the system's wait for it cannot be
// called off.
func abandon(file *flock.Flock, done <-chan error) {
	if <-done == nil {
		_ = file.Unlock()
	}
}

// Look returns what the lock file at path is, nil if there is no such file, and refuses what
// Acquire could not open. It takes no lock.
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
