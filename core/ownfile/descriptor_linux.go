package ownfile

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// isDescriptor reports whether at is the directory of this process's descriptors,
// whose entries look like links and lead to what is open, whatever their text says.
func isDescriptor(at string) bool {
	own := "/proc/" + strconv.Itoa(os.Getpid())
	return at == "/proc/self/fd" || at == own+"/fd" || strings.HasPrefix(at, own+"/task/") && strings.HasSuffix(at, "/fd")
}

// descriptor is what the first of rest is in the directory at.
func descriptor(path, at string, rest []string) (found, error) {
	if len(rest) != 1 {
		return found{}, &fs.PathError{Op: "open", Path: path, Err: syscall.ENOTDIR}
	}
	at = filepath.Join(at, rest[0])
	info, err := os.Stat(at)
	if err != nil {
		return found{}, err
	}
	return found{path: at, info: info, descriptor: true}, check(path, path, info)
}
