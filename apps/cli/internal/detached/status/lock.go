package status

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/core/secret"
)

// ErrHeld means that a supervisor lives.
var ErrHeld = errors.New("it runs already")

// checkWait is the maximum time for which a command that only checks a lock, or repairs a status,
// holds it.
const checkWait = time.Second

// startWait bounds the wait for a start lock: a start may pull an image first.
const startWait = 24 * time.Hour

// Lock is the lock that a supervisor holds while it is alive.
type Lock struct{ held *filelock.Lock }

// Release releases the lock. Its file stays.
func (l *Lock) Release() { l.held.Release() }

const lockSuffix = ".lock"

func (s *Store) lockPath(name string) string {
	return filepath.Join(s.own.Statuses, name+lockSuffix)
}

// Lock takes the lock of name. If another process holds it, or a supervisor of an
// earlier version runs the workload, the error is ErrHeld. If a later version has
// written the status, it is ErrLater, since the holder of the lock may write.
func (s *Store) Lock(name string) (*Lock, error) {
	if err := runconfig.CheckName(name); err != nil {
		return nil, err
	}
	if s.at(name) != s.own {
		return nil, ErrHeld
	}
	lock, err := s.lock(name, checkWait)
	if err != nil {
		return nil, err
	}
	if _, err := s.Read(name); errors.Is(err, ErrLater) {
		lock.Release()
		return nil, err
	}
	return lock, nil
}

func (s *Store) lock(name string, wait time.Duration) (*Lock, error) {
	if err := os.MkdirAll(s.own.Statuses, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	deadline := time.Now().Add(wait)
	for {
		// One that waited in the system's queue could get the lock after it gave up.
		lock, err := filelock.Acquire(context.Background(), s.lockPath(name), 0)
		switch {
		case err == nil:
			return &Lock{lock}, nil
		case !errors.Is(err, filelock.ErrHeld):
			return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
		case !time.Now().Before(deadline):
			return nil, ErrHeld
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// LockStart acquires the start lock of name, and waits for its holder. It is held from saving
// the RunConfig until the supervisor reports the result. It does not show whether a supervisor
// exists.
func (s *Store) LockStart(ctx context.Context, name string) (done func(), err error) {
	if err := runconfig.CheckName(name); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(s.own.Statuses, 0o700); err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	lock, err := filelock.Acquire(ctx, filepath.Join(s.own.Statuses, "."+name+".turn"), startWait)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return lock.Release, nil
}

// HasSupervisor reports whether a supervisor holds the lock of name. Callers share the
// lock, and do not take one another for a supervisor.
func (s *Store) HasSupervisor(name string) bool {
	return s.at(name) != s.own || locked(s.lockPath(name))
}

// EndWait is the maximum time for a supervisor to exit after its workload.
const EndWait = 10 * time.Second

// WaitSupervised reports whether name has a supervisor. Unlike [Store.HasSupervisor] it waits, at
// most for wait, for a supervisor whose workload has exited, and for a command that cleans up
// after a killed supervisor.
func (s *Store) WaitSupervised(name string, wait time.Duration) bool {
	for deadline := time.Now().Add(wait); s.HasSupervisor(name); time.Sleep(10 * time.Millisecond) {
		st, err := s.Read(name)
		unread := err != nil && !errors.Is(err, secret.ErrNotFound)
		if err == nil && st.State.Live() || unread || time.Now().After(deadline) {
			return true
		}
	}
	return false
}

// AwaitEnd returns once no supervisor holds the lock of name, or false after wait.
func (s *Store) AwaitEnd(name string, wait time.Duration) bool {
	for deadline := time.Now().Add(wait); s.HasSupervisor(name); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
