// Package disk is what the encrypted store needs of the file system: a file
// that no other user can touch, read whole; a lock between processes; a
// replacement that is there whole or not at all, also after a crash. Its errors
// wrap the sentinels of core/secret.
package disk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/thv-secrets/thv/core/secret"
)

// Read returns the first bytes of the file at path, max of them where it is as
// long, and nil where there is no file. The room behind the slice is its own.
//
// It refuses, as secret.ErrDenied, what is not a regular file, what others can read
// or write, what belongs to another user, and a directory that others can write. A
// file longer than limit is secret.ErrTooLarge and is not read.
func Read(path string, limit, max int64) ([]byte, error) {
	f, info, err := openChecked(path)
	if err != nil || f == nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	if err := CheckFolder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%w: %s has %d bytes, no store has more than %d; it is not a store, or was made by another program",
			secret.ErrTooLarge, path, info.Size(), limit)
	}
	data := make([]byte, min(info.Size(), max))
	if _, err := io.ReadFull(f, data); err != nil {
		return nil, readError(path, err)
	}
	return data, nil
}

// openChecked returns nil where there is no file, and closes one that it refuses.
func openChecked(path string) (*os.File, fs.FileInfo, error) {
	f, err := openFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, readError(path, err)
	}
	info, err := f.Stat()
	if err != nil {
		err = readError(path, err)
	} else {
		err = checkFile(path, info)
	}
	if err != nil {
		_ = f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// CheckFolder refuses, as secret.ErrDenied, a folder in which others could put
// something in the place of our files.
func CheckFolder(folder string) error {
	info, err := os.Stat(folder)
	if err != nil {
		return readError(folder, err)
	}
	if !info.IsDir() {
		return fmt.Errorf("%w: %s is no folder", secret.ErrDenied, folder)
	}
	return checkFolder(folder, info)
}

func checkFile(path string, info fs.FileInfo) error {
	if !info.Mode().IsRegular() {
		return noRegularFile(path)
	}
	return checkOwnFile(path, info)
}

func noRegularFile(path string) error {
	return fmt.Errorf("%w: %s is no regular file; move it away or choose another path", secret.ErrDenied, path)
}
