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
