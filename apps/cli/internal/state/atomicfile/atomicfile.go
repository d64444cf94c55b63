// Package atomicfile writes the files of thv's state and configuration atomically.
//
// It creates a temporary file with mode 0600 in the same directory, which replaces the file once
// it is complete. Its name is .thv- and digits. The next write into the directory removes
// temporary files of killed processes.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// Error is a file that could not be written.
type Error struct {
	Path string
	// Err is the system's error.
	Err error
}

// Error returns the class of failure, the path and the cause.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: cannot write %s: %v", e.class(), e.Path, e.Err)
}

// Unwrap returns [secret.ErrDenied] if the system does not permit the write, else
// [secret.ErrUnavailable], and Err.
func (e *Error) Unwrap() []error { return []error{e.class(), e.Err} }

func (e *Error) class() error {
	if errors.Is(e.Err, fs.ErrPermission) {
		return secret.ErrDenied
	}
	return secret.ErrUnavailable
}

// Replace makes text the content of the file at path. Once it has returned nil, text
// survives a loss of power. The directory must exist. The error is an [*Error].
func Replace(path string, text []byte) error {
	err := write(path, text, (*os.File).Sync, os.Rename)
	if err == nil {
		err = syncDirectory(filepath.Dir(path))
	}
	return failed(path, err)
}

// ReplaceSoon is Replace for what need not survive a loss of power.
func ReplaceSoon(path string, text []byte) error {
	return failed(path, write(path, text, func(*os.File) error { return nil }, os.Rename))
}

// Create makes a file with the content text, and does nothing if there is one at path,
// also if another process makes it at the same time. The directory must exist. The
// error is an [*Error].
func Create(path string, text []byte) error {
	err := write(path, text, (*os.File).Sync, func(temporary, path string) error {
		err := os.Link(temporary, path)
		if errors.Is(err, fs.ErrExist) {
			err = nil
		}
		return errors.Join(err, os.Remove(temporary))
	})
	return failed(path, err)
}

// CheckDirectory returns an [*Error] if no file can be made in directory.
func CheckDirectory(directory string) error {
	probe, err := os.CreateTemp(directory, temporaryPrefix+"*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	return failed(directory, err)
}

func failed(path string, err error) error {
	if err == nil {
		return nil
	}
	return &Error{Path: path, Err: err}
}

// write writes text to a temporary file, which place then moves to path.
func write(path string, text []byte, flush func(*os.File) error, place func(temporary, path string) error) error {
	sweep(filepath.Dir(path))
	temporary, done, err := makeTemporary(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer done()
	_, err = temporary.Write(text)
	if err == nil {
		err = flush(temporary)
	}
	if err = errors.Join(err, temporary.Close()); err == nil {
		err = place(temporary.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temporary.Name())
	}
	return err
}

// syncDirectory succeeds if the file system cannot flush a directory.
func syncDirectory(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	err = directory.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		err = nil
	}
	return errors.Join(err, directory.Close())
}
