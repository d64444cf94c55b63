package filelock

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// holder returns " (pid 123)" for the process that holds a lock on path, or "" if it is
// unknown.
func holder(path string) string {
	var stat unix.Stat_t
	if err := unix.Stat(path, &stat); err != nil {
		return ""
	}
	locks, err := os.ReadFile("/proc/locks")
	if err != nil {
		return ""
	}
	inode := fmt.Sprintf("%02x:%02x:%d", unix.Major(stat.Dev), unix.Minor(stat.Dev), stat.Ino)
	for line := range strings.Lines(string(locks)) {
		// 1: FLOCK ADVISORY WRITE 123 fe:00:4567 0 EOF; a waiting process has "->" as
		// the second field.
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == "FLOCK" && f[5] == inode && f[4] > "0" {
			return " (pid " + f[4] + ")"
		}
	}
	return ""
}
