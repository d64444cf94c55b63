package ownfile

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// Once reports whether the file at path can be read only once, or only by this process: a
// pipe, socket or device, or any descriptor of this process (/dev/stdin, /dev/fd/63, the
// shell's <(…)). Such a path is useless to a later command. Once opens nothing, does not
// check the owner, and returns false if there is no file.
func Once(path string) bool { return once(path) }

// Lead returns the target of path: an absolute path without symbolic links. A missing file
// is its own target. Lead opens nothing and does not check owners. With an error, such as
// for a directory that this user may not search, it returns the path as far as it could be
// resolved.
func Lead(path string) (string, error) { return lead(path) }

// Regular opens the file at path, a result of [Lead], for reading if it is a regular file
// that another command could open too. It returns [secret.ErrUnsupported] for any other
// kind of file, which it neither reads nor waits for, even if the file is replaced
// concurrently. On Linux it also refuses a file that is reached by a link created since
// Lead; on other systems only if the link replaces the file itself or still exists. Regular
// does not check the owner.
func Regular(path string) (*os.File, error) {
	if info, err := os.Lstat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() || Once(path) {
		return nil, notRegular(path)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|withoutWaiting|withoutLink, 0)
	if err != nil {
		return nil, err
	}
	if err := checkOpened(path, file); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// checkOpened returns an error unless file is a regular file, and the one at path itself.
func checkOpened(path string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return notRegular(path)
	}
	at, err := placeOf(path, file)
	if err == nil && !strings.EqualFold(at, path) { // some file systems are not case-sensitive
		err = fmt.Errorf("%w: a symbolic link on the way to %s was put there as it was opened", secret.ErrDenied, path)
	}
	return err
}

func notRegular(path string) error {
	return fmt.Errorf("%w: %s is not a regular file, and is not opened", secret.ErrUnsupported, path)
}

// passes reports whether data only pass through the file, as with a pipe.
func passes(info fs.FileInfo) bool { return !info.Mode().IsRegular() && !info.IsDir() }
