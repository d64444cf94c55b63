// Package disk accesses the file of the encrypted store: it reads a file that no other user
// can access, locks it between processes, and replaces it atomically, even if the system
// crashes. Its errors wrap the sentinels of core/secret.
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

// Read returns at most max bytes from the beginning of the file at path, and nil if there
// is no file. The caller owns the slice and its capacity.
//
// It returns [secret.ErrDenied] for a file that is not regular, that others can read or
// write, or that belongs to another user, and if others can write to its directory. A file
// longer than limit is [secret.ErrTooLarge] and is not read.
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

// openChecked opens and checks the file at path. It returns nil if there is no file.
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

// CheckFolder returns [secret.ErrDenied] for a directory in which others could replace the
// store's files.
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
