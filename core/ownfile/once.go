package ownfile

import (
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// Once reports whether what is at path can be read only once, or only by this process:
// a pipe, socket or device, or a descriptor of this process (/dev/stdin, /dev/fd/63, the
// shell's <(…)), whatever is open there. Such a path says nothing to a later command.
// Nothing is opened, and who owns the file is not checked. It is false for a path that
// leads nowhere.
func Once(path string) bool { return once(path) }

// Lead returns where path leads: an absolute path without symbolic links. What is not
// there leads to itself. Nothing is opened, and who owns what is not checked. With an
// error, such as that of a directory that this user may not search, the way is followed
// as far as it can be seen.
func Lead(path string) (string, error) { return lead(path) }

// Regular opens the file at path, which Lead returned, for reading, if it is a regular
// one that another command could open as well. Anything else is secret.ErrUnsupported,
// and is neither read nor waited for, also if it takes the file's place just now. On
// Linux neither is a file to which a link leads that has come since; on other systems,
// only if the link is in the file's own place or still there. Who owns the file is not
// checked.
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

// checkOpened refuses what is not the regular file at path itself.
func checkOpened(path string, file *os.File) error {
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return notRegular(path)
	}
	at, err := placeOf(path, file)
	if err == nil && !strings.EqualFold(at, path) { // some file systems know no case
		err = fmt.Errorf("%w: a symbolic link on the way to %s was put there as it was opened", secret.ErrDenied, path)
	}
	return err
}

func notRegular(path string) error {
	return fmt.Errorf("%w: %s is not a regular file, and is not opened", secret.ErrUnsupported, path)
}

// passes is what goes through the file, rather than being kept in it.
func passes(info fs.FileInfo) bool { return !info.Mode().IsRegular() && !info.IsDir() }
