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
	// alphabet and size of what rand.Text returns.
	tempAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
	tempSize     = 26
)

// ErrUnflushed says: data is in the place of the file, but may not survive a loss
// of power.
var ErrUnflushed = errors.New("written, but not known to be on disk")

// What becomes of a Replace while another program removes the lock's file, after which
// others of that program may write. Renew takes the lock again.
var (
	// ErrLost says: data is not in the place of the file.
	ErrLost = errors.New("another program has removed the lock")
	// ErrDoubtful says: data was put in the place of the file, and may have been
	// overwritten by a program that had not seen it.
	ErrDoubtful = errors.New("another program has removed the lock meanwhile")
)

// Replace puts data in the place of the file, with mode 0600. Once it has
// returned nil, data survives a loss of power, and whoever takes the lock afterwards
// reads it; with any error but ErrUnflushed and ErrDoubtful, what was there is there.
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

// sweep removes the temporary files of writers that were killed. Only thv makes files
// of these names, and whoever holds the lock that only thv takes is the only writer of
// thv, so none of them is in use.
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
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600) // the store's own folder
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// makeFolder makes folder and what it lies in, each with mode 0700, and makes
// them last.
func makeFolder(folder string) error {
	if _, err := os.Stat(folder); !errors.Is(err, fs.ErrNotExist) {
		return nil // whatever else is wrong with it, CheckFolder says so
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
	opened, err := os.Open(parent) // where the folder was just made
	if err != nil {
		// A folder that may be written but not read, which is rare, is not
		// made to last here; the next writer finds its file or makes it again.
		return nil
	}
	defer func() { _ = opened.Close() }()
	if err := syncFolder(opened); err != nil {
		return writeError(parent, err)
	}
	return nil
}
