//go:build !windows

package usersocket

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/thv-secrets/thv/core/ownfile"
)

// OwnFolder creates the directory path, or checks that it belongs to this user alone,
// and that no other user could replace it. Its error names a command that fixes it.
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
	case !ok || int(stat.Uid) != os.Geteuid():
		return fmt.Errorf("%s belongs to another user; %s", path, removal(path))
	case !info.IsDir():
		return fmt.Errorf("%s is not a directory; remove it: rm %s", path, ownfile.Quote(path))
	case info.Mode().Perm()&0o077 != 0:
		return fmt.Errorf("others can enter %s; run: chmod 700 %s", path, ownfile.Quote(path))
	}
	_, _, err = ownfile.Resolve(path)
	return err
}

// removal is what to do about a directory that another user has made first, which only
// that user and root can remove from a sticky one.
func removal(path string) string {
	remove := "rm -r " + ownfile.Quote(path)
	if os.Geteuid() != 0 {
		remove = "sudo " + remove
	}
	return "root can remove it (" + remove + "), or set XDG_RUNTIME_DIR to a directory that only you can enter"
}
