package disk

import (
	"errors"
	"io/fs"
	"os"

	"github.com/thv-secrets/thv/core/ownfile"
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

// Look returns what the file at path is, nil where there is none, and refuses what
// Read refuses of the file itself.
func Look(path string) (fs.FileInfo, error) {
	f, info, err := openChecked(path)
	if f != nil {
		_ = f.Close()
	}
	return info, err
}

// LookFolder returns what folder is, nil where there is none, and refuses what
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

// LookLock returns what the lock of the file at path is, nil where there is none,
// and refuses what Acquire could not open. It takes no lock.
func LookLock(path string) (fs.FileInfo, error) {
	path = LockPath(path)
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, readError(path, err)
	}
	if err := checkLock(path); err != nil {
		return info, err
	}
	f, err := os.OpenFile(path, os.O_RDONLY|lockFlags, 0)
	if err != nil {
		return info, readError(path, err)
	}
	return info, f.Close()
}
