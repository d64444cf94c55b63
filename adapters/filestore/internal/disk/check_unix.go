//go:build unix

package disk

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// lockFlags are for opening the lock, of which the same is true as of the store's
// file.
const lockFlags = syscall.O_NOFOLLOW | syscall.O_NONBLOCK

// openFile follows no symbolic link in the file's own place and does not wait
// for a pipe's other end.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func checkOwnFile(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o066 != 0 {
		return fmt.Errorf("%w: others can read or write %s (mode %04o); run: chmod 600 %s",
			secret.ErrDenied, path, mode, quote(path))
	}
	return nil
}

func checkFolder(folder string, info fs.FileInfo) error {
	if err := checkOwner(folder, info); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%w: others can write the folder %s (mode %04o); run: chmod go-w %s",
			secret.ErrDenied, folder, mode, quote(folder))
	}
	return nil
}

func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && int(stat.Uid) != me {
		return fmt.Errorf("%w: %s belongs to user %d, and this is user %d; if it is yours, run: sudo chown %d %s",
			secret.ErrDenied, path, stat.Uid, me, me, quote(path))
	}
	return nil
}

func quote(path string) string {
	if strings.Trim(path, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+@") == "" {
		return path
	}
	return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
}
