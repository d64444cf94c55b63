package ownfile

import (
	"fmt"
	"io/fs"
	"os"

	"github.com/thv-secrets/thv/core/secret"
)

// Once reports whether what is at path can be read only once, or only by this process:
// a pipe, socket or device, or a descriptor of this process (/dev/stdin, /dev/fd/63, the
// shell's <(…)), whatever is open there. Such a path says nothing to a later command.
// Nothing is opened, and who owns the file is not checked. It is false for a path that
// leads nowhere.
func Once(path string) bool { return once(path) }

// Regular opens the file at path for reading if it is a regular one that another command
// could open as well. Anything else is secret.ErrUnsupported, and is neither read nor
// waited for, also if it takes the file's place just now. Who owns the file is not checked.
func Regular(path string) (*os.File, error) {
	if info, err := os.Stat(path); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() || Once(path) {
		return nil, notRegular(path)
	}
	file, err := os.OpenFile(path, os.O_RDONLY|withoutWaiting, 0)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = notRegular(path)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

func notRegular(path string) error {
	return fmt.Errorf("%w: %s is not a regular file, and is not opened", secret.ErrUnsupported, path)
}

// passes is what goes through the file, rather than being kept in it.
func passes(info fs.FileInfo) bool { return !info.Mode().IsRegular() && !info.IsDir() }
