//go:build unix

package ownfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// withoutWaiting opens a named pipe without waiting, so that its kind can be checked.
const withoutWaiting = syscall.O_NONBLOCK

// withoutLink refuses a symbolic link as the last component.
const withoutLink = syscall.O_NOFOLLOW

// maxLinks is the maximum number of symbolic links on a path.
const maxLinks = 40

// walk resolves path from the root directory, and checks each component before it follows
// it: the entries of a checked directory cannot be replaced by another user.
func walk(path string) (found, error) {
	end, err := steps(path, check)
	if err == nil {
		return end, nil
	}
	if _, missing := os.Stat(path); errors.Is(missing, fs.ErrNotExist) {
		err = missing
	}
	return found{}, err
}

// steps calls look for each component on the path, and stops at an error. With an error it
// returns the path as far as it was resolved.
func steps(path string, look func(path, at string, info fs.FileInfo) error) (found, error) {
	at, rest := "/", components(path)
	if !filepath.IsAbs(path) {
		directory, err := os.Getwd()
		if err != nil {
			return found{}, err
		}
		rest = append(components(directory), rest...) // not cleaned: ".." is the parent of a link's target
	}
	for links := 0; links <= maxLinks; {
		if isDescriptor(at) && len(rest) > 0 {
			end, err := descriptor(path, at, rest)
			if err == nil {
				err = look(path, path, end.info)
			}
			return end, err
		}
		info, err := os.Lstat(at)
		if err == nil {
			err = look(path, at, info)
		}
		switch {
		case err != nil:
			return found{path: filepath.Join(append([]string{at}, rest...)...)}, err
		case info.Mode().Type() == fs.ModeSymlink:
			links++
			if at, rest, err = follow(at, rest); err != nil {
				return found{path: at}, err
			}
		case len(rest) == 0:
			return found{path: at, info: info}, nil
		default:
			at, rest = filepath.Join(at, rest[0]), rest[1:]
		}
	}
	return found{path: at}, &fs.PathError{Op: "open", Path: path, Err: syscall.ELOOP}
}

// descriptor returns the open file of the descriptor rest[0] in the directory at.
func descriptor(path, at string, rest []string) (found, error) {
	if len(rest) != 1 {
		return found{}, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
	}
	at = filepath.Join(at, rest[0])
	info, err := os.Stat(at)
	return found{path: at, info: info, descriptor: true}, err
}

// once implements [Once].
func once(path string) bool {
	end, err := steps(path, func(string, string, fs.FileInfo) error { return nil })
	return err == nil && (end.descriptor || passes(end.info))
}

func lead(path string) (string, error) {
	end, err := steps(path, func(string, string, fs.FileInfo) error { return nil })
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	return end.path, err
}

// follow returns the directory and the components with which the resolution continues
// after the link at.
func follow(at string, rest []string) (string, []string, error) {
	target, err := os.Readlink(at)
	if err != nil {
		return at, nil, err
	}
	if at = filepath.Dir(at); filepath.IsAbs(target) {
		at = "/"
	}
	return at, append(components(target), rest...), nil
}

// components returns the components of path, including "..".
func components(path string) []string {
	return strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
}

// open opens the file without following links: f.path has none.
func (f found) open() (*os.File, error) {
	if f.descriptor {
		return os.Open(f.path)
	}
	return os.OpenFile(f.path, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
}

// passable reports whether info is a directory or link, and so not the end of a path.
func passable(info fs.FileInfo) bool { return info.IsDir() || info.Mode().Type() == fs.ModeSymlink }

// check checks the owner and mode of one component of path.
func check(path, at string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return &Error{Path: path, At: at, reason: "the system does not say who owns " + at, advice: "use a file on another file system"}
	}
	me := os.Geteuid()
	own := stat.Uid == 0 || int(stat.Uid) == me || passable(info) && unmapped(stat.Uid)
	if !own {
		return othersOwn(path, at, int(stat.Uid), me)
	}
	return checkMode(path, at, info, stat)
}

// checkBeside is [check] that also accepts the owner of the file own.
func checkBeside(path string, info, own fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	other, known := own.Sys().(*syscall.Stat_t)
	if ok && known && stat.Uid == other.Uid {
		return checkMode(path, path, info, stat)
	}
	return check(path, path, info)
}

func checkMode(path, at string, info fs.FileInfo, stat *syscall.Stat_t) error {
	mode, link := info.Mode(), info.Mode().Type() == fs.ModeSymlink // the mode of a link has no meaning
	switch {
	case link, mode.Perm()&0o022 == 0, mode.IsDir() && mode&fs.ModeSticky != 0:
		return nil
	case mode.Type() != 0 && !mode.IsDir(): // a pipe or device does not store data
		return nil
	case mode.Perm()&0o002 == 0 && privateGroup(at, stat.Uid, stat.Gid):
		return nil
	}
	return othersWrite(path, at, stat.Uid, mode)
}
