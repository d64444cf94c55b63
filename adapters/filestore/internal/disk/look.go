package disk

import (
	"errors"
	"io/fs"
	"os"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// Follow returns the file that the symbolic link at path leads to, or path itself if it
// is not a link, or one that others could change, or that leads nowhere: Read refuses
// those. What is locked and replaced is then the file that was linked, and the link
// stays.
func Follow(path string) string {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return path
	}
	if file, _, err := ownfile.Resolve(path); err == nil {
		return file
	}
	return path
}

// Look returns what the file at path is, nil if there is no such file, and refuses what
// Read refuses of the file itself.
func Look(path string) (fs.FileInfo, error) {
	f, info, err := openChecked(path)
	if f != nil {
		_ = f.Close()
	}
	return info, err
}

// LookFolder returns what folder is, nil if it does not exist, and refuses what
// CheckFolder refuses.
func LookFolder(folder string) (fs.FileInfo, error) {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, readError(folder, err)
	}
	return info, CheckFolder(folder)
}

// LookLock returns what the lock of the file at path is, nil if there is no lock file,
// and refuses what Acquire could not open. It takes no lock.
func LookLock(path string) (fs.FileInfo, error) {
	path = LockPath(path)
	if _, err := filelock.Look(path + filelock.OwnSuffix); err != nil {
		return nil, lookError(path+filelock.OwnSuffix, err)
	}
	info, err := filelock.Look(path)
	if err != nil {
		err = lookError(path, err)
	}
	return info, err
}

func lookError(path string, err error) error {
	if secret.ClassOf(err) == secret.ClassOther {
		return readError(path, err)
	}
	return err
}
