package disk

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

const (
	tempMark = ".tmp-"
	// The alphabet and size of rand.Text.
	tempAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	tempSize     = 26
)

// ErrUnflushed means that the file was replaced, but may not survive a loss of power.
var ErrUnflushed = errors.New("written, but not known to be on disk")

// The errors of a [Lock.Replace] during which another program removed the lock file, so
// that other processes may write. [Lock.Renew] takes the lock again.
var (
	// ErrLost means that the file was not replaced.
	ErrLost = errors.New("another program has removed the lock")
	// ErrDoubtful means that the file was replaced, and may then have been overwritten by a
	// program that had not read the replacement.
	ErrDoubtful = errors.New("another program has removed the lock during the replacement")
)

// Replace replaces the file by data, with mode 0600. After it has returned nil, data
// survives a loss of power, and the next holder of the lock reads it. After any error except
// [ErrUnflushed] and [ErrDoubtful] the file is unchanged.
func (l *Lock) Replace(data []byte) error {
	l.sweep()
	temp := l.path + tempMark + rand.Text()
	if err := writeFile(temp, data); err != nil {
		_ = os.Remove(temp)
		return writeError(l.path, err)
	}
	if !l.lock.Held() {
		_ = os.Remove(temp)
		return fmt.Errorf("%w: %s: %w", secret.ErrConflict, LockPath(l.path), ErrLost)
	}
	if err := rename(temp, l.path); err != nil {
		_ = os.Remove(temp)
		return writeError(l.path, err)
	}
	held := l.lock.Held()
	if err := syncFolder(l.folder); err != nil {
		return fmt.Errorf("%w: %s is %w (%w); look at the disk and do the same again",
			secret.ErrUnavailable, l.path, ErrUnflushed, cause(err))
	}
	if !held {
		return fmt.Errorf("%w: %s: %w", secret.ErrConflict, LockPath(l.path), ErrDoubtful)
	}
	return nil
}

// sweep removes the temporary files of writers that were killed. Only thv creates files with
// these names, and the holder of the lock that only thv takes is its only writer, so none of
// them is in use.
func (l *Lock) sweep() {
	names, err := l.folder.Readdirnames(-1)
	if err != nil {
		return
	}
	prefix := filepath.Base(l.path) + tempMark
	for _, name := range names {
		random, ok := strings.CutPrefix(name, prefix)
		if ok && len(random) == tempSize && strings.Trim(random, tempAlphabet) == "" {
			_ = os.Remove(filepath.Join(filepath.Dir(l.path), name))
		}
	}
}

func writeFile(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // the store's directory
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// makeFolder creates a directory and its missing parents, each with mode 0700, and flushes
// them to disk.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return nil // CheckFolder reports any other problem
	}
	parent := filepath.Dir(folder)
	if parent != folder {
		if err := makeFolder(parent); err != nil {
			return err
		}
	}
	if err := os.Mkdir(folder, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return writeError(folder, err)
	}
	opened, err := os.Open(parent) // in which the directory was just created
	if err != nil {
		// A directory that may be written but not read, which is rare, is not flushed;
		// the next writer finds its file or creates it again.
		return nil
	}
	defer func() { _ = opened.Close() }()
	if err := syncFolder(opened); err != nil {
		return writeError(parent, err)
	}
	return nil
}
