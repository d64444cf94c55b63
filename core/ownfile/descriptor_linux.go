package ownfile

import (
	"os"
	"strconv"
	"strings"
)

// isDescriptor reports whether at is the directory of this process's descriptors,
// whose entries look like links and lead to what is open, whatever their text says.
func isDescriptor(at string) bool {
	own := "/proc/" + strconv.Itoa(os.Getpid())
	return at == "/proc/self/fd" || at == own+"/fd" || strings.HasPrefix(at, own+"/task/") && strings.HasSuffix(at, "/fd")
}

// placeOf returns the path of what was opened at path, without links. Where the system
// does not say it, that is where path leads now.
func placeOf(path string, file *os.File) (string, error) {
	at, err := os.Readlink("/proc/self/fd/" + strconv.FormatUint(uint64(file.Fd()), 10))
	if err != nil {
		return lead(path)
	}
	if at != path {
		at = strings.TrimSuffix(at, " (deleted)") // and replaced, as editors do
	}
	return at, nil
}
