//go:build !windows

package settings

import (
	"io/fs"
	"os"
	"syscall"
)

func writableByOthers(info fs.FileInfo) bool { return info.Mode().Perm()&0o022 != 0 }

func writableByAll(info fs.FileInfo) bool { return info.Mode().Perm()&0o002 != 0 }

// ownedByOthers lets the administrator's files pass.
func ownedByOthers(info fs.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stat.Uid != 0 && int(stat.Uid) != os.Geteuid()
}
