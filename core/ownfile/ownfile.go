// Package ownfile opens files that decide what runs and which secrets it is given:
// configuration, registries, saved runs, programs, files with a password.
//
// Another user must not be able to make that decision, so there is one rule. A file
// is trusted if this user or root owns it, and owns every directory and every
// symbolic link on the way to it, and no other user may write any of them. Three
// things are fine under that rule:
//
//   - A directory that others may write and that is sticky, such as /tmp: only owners
//     rename and remove in it, and what they own is looked at as the next step.
//   - Linux only: what the group may write, if it is this user's private group, as
//     umask 002 makes it. A private group has the number of its user, no other
//     member in /etc/group and /etc/passwd, and the file has no access list.
//   - Linux only: in a user namespace, as bubblewrap and rootless containers have it,
//     directories and links of an owner that is not mapped, which the kernel shows as
//     65534. Root cannot be told from other users there. The file must be mapped.
//
// The mode and the owner are all that is looked at. Access lists appear in the mode on
// Linux (as the group's part) and are not seen on other systems; a file system that
// has no owners shows those of its mount. On NFS with root squashed, root's files
// belong to the user 65534 and are refused. A file mounted into a container belongs to
// the user that has its number inside. On Windows nothing is checked but the kind of
// the file: who may write is in access lists, which a profile's directory inherits.
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

// Open opens the file at path for reading, if it is trusted. It returns the file that
// was checked: no other user can put another in its place in between. A file of any
// kind but a directory is opened, and a named pipe without a writer is waited for.
//
// A descriptor of this process (/dev/stdin, /dev/fd/3) was opened by the program that
// started this one. It is checked by itself, and its path is not.
//
// The error is an [*Error] if others could change the file; it wraps fs.ErrNotExist
// if there is no file, wherever that is, since an absent file decides nothing.
func Open(path string) (*os.File, error) {
	return opened(path, func(fs.FileInfo) error { return nil })
}

// errReplaced is a file that another has taken the place of since it was checked.
var errReplaced = errors.New("it was replaced as it was opened; try again")

// maxTries is how often a file is opened that is replaced each time.
const maxTries = 100

// opened opens the file at path if it is trusted and look, which sees it before it is
// opened, has no error. One that is replaced just now, as each save does, is checked and
// opened again.
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

// Read returns what is in the regular file at path, if it is trusted. A file with more
// than limit bytes is secret.ErrTooLarge, another kind of file is
// secret.ErrUnsupported and is not opened; otherwise the errors are those of [Open].
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

// Resolve returns the path of a trusted file or directory without symbolic links, and
// what is there. No other user can change what that path leads to, so that a program
// may be started by it. Its errors are those of [Open].
func Resolve(path string) (string, fs.FileInfo, error) {
	found, err := walk(path)
	if err != nil {
		return "", nil, err
	}
	return found.path, found.info, nil
}

// Beside checks the file at path by the rule, but for two things: its owner may also
// be that of the file program, and the way to it is not looked at. It is for what a
// running program finds in its own directory: who could change that directory, or owns
// the program, could have changed the program itself.
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

// found is a file at the end of a trusted way.
type found struct {
	path       string // without links, unless it is a descriptor
	info       fs.FileInfo
	descriptor bool // path is one of this process's descriptors
}

// Error is a file that another user could change. It wraps secret.ErrDenied.
type Error struct {
	// Path is the file that was to be used, At the file, directory or link on the way
	// to it that others own or may write.
	Path, At string
	reason   string
	advice   string
	fix      string
}

// Error says what is wrong, and what to do about it.
func (e *Error) Error() string {
	return fmt.Sprintf("%v: %s: %s", secret.ErrDenied, e.Path, e.Reason())
}

// Reason is the error's text without its class and its path.
func (e *Error) Reason() string {
	if e.fix == "" {
		return e.reason + "; " + e.advice
	}
	return e.reason + "; " + e.advice + "; run: " + e.fix
}

// Fix returns the command that corrects it, empty if no command is right: one that
// would make another user's file trusted is never returned.
func (e *Error) Fix() string { return e.fix }

// Unwrap returns secret.ErrDenied.
func (e *Error) Unwrap() error { return secret.ErrDenied }
