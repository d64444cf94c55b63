package disk

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/thv-secrets/thv/core/ownfile"
	"github.com/thv-secrets/thv/core/secret"
)

// readError classifies an error of opening or reading path.
func readError(path string, err error) error {
	if info, failed := os.Lstat(path); failed == nil && info.Mode()&fs.ModeSymlink != 0 {
		return linkError(path)
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("%w: cannot read %s (%w); look at the owner and mode of the file and its folders",
			secret.ErrDenied, path, cause(err))
	}
	return fmt.Errorf("%w: cannot read %s (%w)", secret.ErrUnavailable, path, cause(err))
}

// linkError returns why the symbolic link at path was not followed.
func linkError(path string) error {
	_, _, err := ownfile.Resolve(path)
	switch {
	case errors.Is(err, secret.ErrDenied):
		return err
	case err != nil:
		return fmt.Errorf("%w: %s is a symbolic link that leads to no file (%w); correct or remove the link", secret.ErrDenied, path, cause(err))
	}
	return fmt.Errorf("%w: %s has become a symbolic link; try again", secret.ErrDenied, path)
}

// writeError classifies an error of changing something at path.
func writeError(path string, err error) error {
	switch {
	case isFull(err):
		return fmt.Errorf("%w: no space left to write %s; free some and try again (what was there is unchanged)",
			secret.ErrUnavailable, path)
	case isReadOnly(err):
		return fmt.Errorf("%w: %s is on a file system that is mounted read-only; make it writable or choose another path",
			secret.ErrDenied, path)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%w: cannot write %s (%w); look at the owner and mode of its folder",
			secret.ErrDenied, path, cause(err))
	}
	return fmt.Errorf("%w: cannot write %s (%w)", secret.ErrUnavailable, path, cause(err))
}

// cause returns the system's error without the call and the path.
func cause(err error) error {
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return e.Err
	}
	if e, ok := errors.AsType[*os.LinkError](err); ok {
		return e.Err
	}
	return err
}
