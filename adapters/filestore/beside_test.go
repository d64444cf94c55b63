//go:build unix

package filestore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gofrs/flock"

	"github.com/thv-secrets/thv/adapters/filestore/internal/refreader"
)

// roundsVariable is how often the test below is repeated; 1 if it is not set.
const roundsVariable = "THV_FILESTORE_TEST_ROUNDS"

const (
	besideEach = 8 // of either program
	// theirPause is how long the other program waits before it tries a lock again.
	theirPause = 100 * time.Millisecond
)

// setTheirs sets a secret as ToolHive does: it locks by flock, reads, renames a file
// of its own over the store, and removes the lock file after it has unlocked it. It
// asks for the lock oftener than that program, which makes it meet the others.
func setTheirs(ctx context.Context, path, name string) error {
	lock := flock.New(path + ".lock")
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	if locked, err := lock.TryLockContext(ctx, theirPause); err != nil || !locked {
		return err
	}
	defer func() {
		_ = lock.Unlock()
		_ = os.Remove(path + ".lock")
	}()
	file, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	secrets, err := refreader.ReadFormat1(file, generated)
	if err != nil {
		return err
	}
	secrets[name] = "theirs"
	if file, err = refreader.WriteFormat1(secrets, generated); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".secrets-tmp-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(file)
	if err := errors.Join(err, temp.Close()); err != nil {
		return err
	}
	return os.Rename(temp.Name(), path)
}

// TestPut_LosesNothingBesideAProgramThatRemovesTheLock has writers of both programs on
// one store. What the other program loses is its own affair: it does not look whether
// the lock that it got is still the one that others take.
func TestPut_LosesNothingBesideAProgramThatRemovesTheLock(t *testing.T) {
	rounds, err := strconv.Atoi(os.Getenv(roundsVariable))
	if err != nil {
		rounds = 1
	}
	lost := 0
	for range rounds {
		path := storePath(t)
		s := open(t, Config{Path: path, Keys: fixed(generated), Format: Format1})
		put(t, s, "first", "1")
		var ours, theirs map[string]bool
		var both sync.WaitGroup
		both.Go(func() { ours = startAll(t, besideEach, "sets", path) })
		both.Go(func() { theirs = startAll(t, besideEach, "theirs", path) })
		both.Wait()
		if len(ours) != besideEach*setsEach {
			t.Errorf("%d writes acknowledged", len(ours))
		}
		there := map[string]bool{}
		for _, name := range names(t, s) {
			there[name] = true
		}
		for name := range ours {
			if !there[name] {
				t.Errorf("%s is lost", name)
			}
		}
		for name := range theirs {
			if !there[name] {
				lost++
			}
		}
		left, err := filepath.Glob(path + ".tmp-*")
		if err != nil || len(left) > 0 {
			t.Errorf("left: %v %v", left, err)
		}
		if _, err := os.Stat(path + ".lock.thv"); errors.Is(err, fs.ErrNotExist) {
			t.Error("the lock between thv's own processes is gone")
		}
	}
	t.Logf("of the other program's own writes %d of %d were lost in %d rounds", lost, rounds*besideEach*setsEach, rounds)
}

func theirSets(ctx context.Context, path, name string) error {
	for i := range setsEach {
		one := fmt.Sprintf("theirs-%s-%d", strings.TrimSpace(name), i)
		if err := setTheirs(ctx, path, one); err != nil {
			return err
		}
		if _, err := fmt.Println("acknowledged", one); err != nil {
			return err
		}
	}
	return nil
}
