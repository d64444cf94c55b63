//go:build !windows

package socket

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// OwnFolder makes the folder, or sees that it is this user's and nobody else's.
func OwnFolder(path string) error {
	err := os.Mkdir(path, 0o700)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is no folder", path)
	case !ok || int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user", path)
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others can enter %s; run: chmod 700 %q", path, path)
	}
	return nil
}
