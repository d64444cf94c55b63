package filelock

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/core/secret"
)

func acquire(t *testing.T, path string) *Lock {
	t.Helper()
	lock, err := Acquire(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(lock.Release)
	return lock
}

func TestAcquire_OneHoldsIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.lock")
	lock := acquire(t, path)
	for _, wait := range []time.Duration{0, 10 * time.Millisecond} {
		_, err := Acquire(t.Context(), path, wait)
		if !errors.Is(err, ErrHeld) || !errors.Is(err, secret.ErrUnavailable) || !strings.Contains(err.Error(), path) {
			t.Errorf("while it is held: %v", err)
		}
		if runtime.GOOS == "linux" && wait > 0 && !strings.Contains(err.Error(), fmt.Sprintf("(pid %d)", os.Getpid())) {
			t.Errorf("who holds it is not said: %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Acquire(ctx, path, time.Minute); !errors.Is(err, context.Canceled) {
		t.Errorf("with a context that is done: %v", err)
	}
	if !lock.Held() {
		t.Error("it is said not to be held")
	}
	lock.Release()
	lock.Release()
	if lock.Held() {
		t.Error("held after its release")
	}
	for range 100 { // what was waited for in vain is given back
		acquire(t, path).Release()
	}
}

func TestAcquire_RefusesWhatIsNoFile(t *testing.T) {
	if _, err := Acquire(t.Context(), t.TempDir(), 0); !errors.Is(err, secret.ErrDenied) {
		t.Errorf("a directory: %v", err)
	}
	if _, err := Acquire(t.Context(), filepath.Join(t.TempDir(), "none", "x.lock"), 0); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no directory: %v", err)
	}
}

// removable skips where a file that is open cannot be removed.
func removable(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a lock file that is open cannot be removed on Windows")
	}
}

// Another program unlocks a lock file and then removes it, as here: who waited for it
// gets the lock of a file that is gone.
func TestAcquire_TakesARemovedLockAgain(t *testing.T) {
	removable(t)
	path := filepath.Join(t.TempDir(), "x.lock")
	other := flock.New(path)
	if mine, err := other.TryLock(); err != nil || !mine {
		t.Fatal(mine, err)
	}
	got := make(chan *Lock)
	go func() {
		lock, err := Acquire(t.Context(), path, time.Minute)
		if err != nil {
			t.Error(err)
		}
		got <- lock
	}()
	waited(t, path)
	if err := errors.Join(os.Remove(path), other.Unlock()); err != nil {
		t.Fatal(err)
	}
	lock := <-got
	if lock == nil {
		return
	}
	defer lock.Release()
	if !lock.Held() {
		t.Error("the lock is that of the removed file")
	}
	if _, err := Acquire(t.Context(), path, 0); !errors.Is(err, ErrHeld) {
		t.Errorf("a second one has the lock, too: %v", err)
	}
}

func TestHeld_IsFalseOnceTheFileIsAnother(t *testing.T) {
	removable(t)
	path := filepath.Join(t.TempDir(), "x.lock")
	lock, err := AcquireShared(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Release()
	if err := os.Remove(path); err != nil || lock.Held() {
		t.Errorf("held without a file: %v", err)
	}
	other := acquire(t, path)
	if lock.Held() {
		t.Error("held although another has the file at the path")
	}
	if err := lock.Renew(t.Context(), time.Millisecond); !errors.Is(err, ErrHeld) {
		t.Errorf("renewed while another holds it: %v", err)
	}
	other.Release()
	if err := lock.Renew(t.Context(), time.Minute); err != nil || !lock.Held() {
		t.Errorf("not renewed: %v", err)
	}
}

func TestAcquireShared_KeepsThvOutWhateverBecomesOfTheSharedLock(t *testing.T) {
	removable(t)
	path := filepath.Join(t.TempDir(), "x.lock")
	lock, err := AcquireShared(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := AcquireShared(t.Context(), path, 10*time.Millisecond); !errors.Is(err, ErrHeld) {
		t.Errorf("two processes of thv have it: %v", err)
	}
	if matches, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.lock")); err != nil || len(matches) > 0 {
		t.Errorf("what removes *.lock finds %v", matches)
	}
	lock.Release()
	other := acquire(t, path)
	if _, err := AcquireShared(t.Context(), path, 0); !errors.Is(err, ErrHeld) {
		t.Errorf("another program has it, too: %v", err)
	}
	other.Release()
	next, err := AcquireShared(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	next.Release()
}
