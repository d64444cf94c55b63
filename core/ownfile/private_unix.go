//go:build unix

package ownfile

import (
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// others are the permissions of the group and of all other users.
const others fs.FileMode = 0o077

func checkPrivate(path string, info fs.FileInfo) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok || !info.Mode().IsRegular() || int(stat.Uid) != os.Geteuid() || info.Mode().Perm()&others == 0 {
		return nil
	}
	return &Error{
		Path: path, At: path,
		reason: fmt.Sprintf("its mode lets others use it (%04o)", info.Mode().Perm()),
		advice: "if they may have, change what is in it", fix: "chmod 600 " + Quote(path),
	}
}
