// Package ownfile opens files that decide what runs and which secrets it gets:
// configuration, registries, saved runs, executables, files with a password.
//
// Another user must not be able to make that decision, so there is one rule: a file is
// trusted if this user or root owns it and every directory and symbolic link on the path
// to it, and no other user may write to any of them. There are three exceptions:
//
//   - A sticky directory that others may write to, such as /tmp: only owners can rename
//     and remove its entries, and the owner of the next entry on the path is checked.
//   - Linux only: files that the group may write, if it is this user's private group, as
//     files made with umask 002 are. A private group has the ID of its user, no other
//     member in /etc/group and /etc/passwd, and the file has no access control list.
//   - Linux only: in a user namespace, such as those of bubblewrap and rootless
//     containers, directories and links of an unmapped owner, which the kernel shows as
//     65534, since root cannot be distinguished from other users there. The owner of the
//     file itself must be mapped.
//
// Only the mode and the owner are checked. Access control lists are part of the mode on
// Linux (as the group's permissions) and are ignored on other systems. A file system
// without owners has those of its mount. On NFS with root squashing, files of root belong
// to the user 65534 and are refused. A file mounted into a container belongs to the user
// with its ID in the container. On Windows only the kind of the file is checked:
// permissions to write are in access control lists, which files inherit from the profile's
// directory.
package ownfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"

	"github.com/thv-secrets/thv/core/secret"
)

// Open opens the file at path for reading if it is trusted. The opened file is the one that
// was checked: no other user can replace it in between. Open accepts any kind of file
// except a directory, and waits for the writer of a named pipe.
//
// A descriptor of this process (/dev/stdin, /dev/fd/3) was opened by the parent process.
// Only the open file is checked, and not its path.
//
// The error is an [*Error] if another user could change the file. It wraps fs.ErrNotExist if
// the file does not exist, even on an untrusted path, since a missing file decides nothing.
func Open(path string) (*os.File, error) {
	return opened(path, func(fs.FileInfo) error { return nil })
}

// errReplaced is the error for a file that was replaced after it was checked.
var errReplaced = errors.New("it was replaced as it was opened; try again")

// maxTries is the maximum number of attempts to open a file that is replaced each time.
const maxTries = 100

// opened opens the file at path if it is trusted and look, which is called before it is
// opened, returns no error. A file that is replaced concurrently, as by a save, is checked
// and opened again.
func opened(path string, look func(fs.FileInfo) error) (*os.File, error) {
	for tries := 1; ; tries++ {
		found, err := walk(path)
		if err == nil {
			err = look(found.info)
		}
		if err != nil {
			return nil, err
		}
		file, err := open(path, found)
		if tries == maxTries || !errors.Is(err, errReplaced) {
			return file, err
		}
	}
}

func open(path string, found found) (*os.File, error) {
	if found.info.IsDir() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: syscall.EISDIR}
	}
	file, err := found.open()
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && !found.descriptor && !os.SameFile(info, found.info) {
		err = fmt.Errorf("%s: %w", path, errReplaced)
	}
	if err == nil {
		err = check(path, found.path, info)
	}
	if err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// Read returns the content of the regular file at path if it is trusted. It returns
// [secret.ErrTooLarge] for more than limit bytes, [secret.ErrUnsupported] for another kind of
// file, which it does not open, and otherwise the errors of [Open].
func Read(path string, limit int64) ([]byte, error) {
	file, err := opened(path, func(info fs.FileInfo) error {
		if info.Mode().IsRegular() {
			return nil
		}
		return fmt.Errorf("%w: %s is not a regular file", secret.ErrUnsupported, path)
	})
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	text, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(text)) > limit {
		return nil, fmt.Errorf("%w: %s has more than %d bytes", secret.ErrTooLarge, path, limit)
	}
	return text, err
}

// Resolve returns the path of a trusted file or directory without symbolic links, and its
// FileInfo. No other user can change the target of that path, so it is safe to execute. Its
// errors are those of [Open].
func Resolve(path string) (string, fs.FileInfo, error) {
	found, err := walk(path)
	if err != nil {
		return "", nil, err
	}
	return found.path, found.info, nil
}

// Beside checks the file at path by the rule, with two exceptions: its owner may also be the
// owner of the file program, and the path to it is not checked. It is for files in the
// directory of a running executable: a user who can change that directory, or owns the
// executable, could have changed the executable itself.
func Beside(program, path string) error {
	own, err := os.Stat(program)
	if err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return checkBeside(path, info, own)
}

// found is a file at the end of a trusted path.
type found struct {
	path       string // without links, unless it is a descriptor
	info       fs.FileInfo
	descriptor bool // path is one of this process's descriptors
}

// Error is a file that another user could change. It wraps [secret.ErrDenied].
type Error struct {
	// Path is the requested file. At is the file, directory or link on the path to it that
	// others own or may write to.
	Path, At string
	reason   string
	advice   string
	fix      string
}

// Error returns the reason, and what to do about it.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: %s: %s", secret.ErrDenied, e.Path, e.Reason())
}

// Reason returns the error's text without its class and path.
func (e *Error) Reason() string {
	if e.fix == "" {
		return e.reason + "; " + e.advice
	}
	return e.reason + "; " + e.advice + "; run: " + e.fix
}

// Fix returns the command that corrects the permissions; empty if there is none. It never
// makes another user's file trusted.
func (e *Error) Fix() string { return e.fix }

// Unwrap returns secret.ErrDenied.
func (e *Error) Unwrap() error { return secret.ErrDenied }
