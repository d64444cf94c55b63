package ownfile

import (
	"os"
	"strconv"
	"strings"
)

// isDescriptor reports whether at is the directory of this process's descriptors. Its
// entries look like links, but refer to the open files regardless of their text.
func isDescriptor(at string) bool {
	own := "/proc/" + strconv.Itoa(os.Getpid())
	return at == "/proc/self/fd" || at == own+"/fd" || strings.HasPrefix(at, own+"/task/") && strings.HasSuffix(at, "/fd")
}

// placeOf returns the path of the file that was opened at path, without links. If the
// system does not provide it, it is the present target of path.
func placeOf(path string, file *os.File) (string, error) {
	at, err := os.Readlink("/proc/self/fd/" + strconv.FormatUint(uint64(file.Fd()), 10))
	if err != nil {
		return lead(path)
	}
	if at != path {
		at = strings.TrimSuffix(at, " (deleted)") // replaced, as editors do
	}
	return at, nil
}
