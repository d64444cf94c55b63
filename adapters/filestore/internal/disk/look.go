package disk

import (
	"errors"
	"io/fs"
	"os"

	"github.com/thv-secrets/thv/adapters/filestore/filelock"
	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// Follow returns the target of the symbolic link at path, so that the target is locked and
// replaced and the link stays. It returns path itself if that is not a link, or if it is a
// link that others could change or whose target is missing, which [Read] refuses.
func Follow(path string) string {
	if info, err := os.Lstat(path); err != nil || info.Mode().Type() != fs.ModeSymlink {
		return path
	}
	if file, _, err := ownfile.Resolve(path); err == nil {
		return file
	}
	return path
}

// Look returns the FileInfo of the file at path, or nil if it is missing. It refuses a file
// that [Read] would refuse.
func Look(path string) (fs.FileInfo, error) {
	f, info, err := openChecked(path)
	if f != nil {
		_ = f.Close()
	}
	return info, err
}

// LookFolder returns the FileInfo of a directory, or nil if it is missing. It refuses a
// directory that [CheckFolder] would refuse.
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

// LookLock returns the FileInfo of the lock file for path, or nil if it is missing. It
// refuses a file that [Acquire] could not open. It takes no lock.
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
