//go:build unix

package disk

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// openFile does not follow a symbolic link at path, and does not wait for the other end of a
// pipe.
func openFile(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}

func checkOwnFile(path string, info fs.FileInfo) error {
	if err := checkOwner(path, info); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o066 != 0 {
		return fmt.Errorf("%w: others can read or write %s (mode %04o); run: chmod 600 %s",
			secret.ErrDenied, path, mode, ownfile.Quote(path))
	}
	return nil
}

func checkFolder(folder string, info fs.FileInfo) error {
	if err := checkOwner(folder, info); err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o022 != 0 {
		return fmt.Errorf("%w: others can write the folder %s (mode %04o); run: chmod go-w %s",
			secret.ErrDenied, folder, mode, ownfile.Quote(folder))
	}
	return nil
}

func checkOwner(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if me := os.Geteuid(); ok && int(stat.Uid) != me {
		return fmt.Errorf("%w: %s belongs to user %d, and this is user %d; %s",
			secret.ErrDenied, path, stat.Uid, me, ownerAdvice(path, int(stat.Uid), me))
	}
	return nil
}

// ownerAdvice suggests a command only for a file of root in a user's directory, as sudo thv
// creates. Giving a user's file to root would lock the user out, and taking another user's
// file would trust its content.
func ownerAdvice(path string, owner, me int) string {
	switch {
	case me == 0:
		return "run thv as that user, without sudo"
	case owner == 0:
		return fmt.Sprintf("if you made it with sudo, run: sudo chown %d %s", me, ownfile.Quote(path))
	}
	return "move it away, or choose another place with XDG_DATA_HOME"
}
