package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// releaseCode makes the kernel release the pages of the executable that starts have used, which
// are most of an idle supervisor's resident memory. They are read from the file again when they
// are needed. Only pages that were never written are released, since a page that differs from
// the file would be lost.
func releaseCode() {
	maps, err := os.ReadFile("/proc/self/smaps")
	self, linkErr := os.Readlink("/proc/self/exe")
	if err != nil || linkErr != nil {
		return
	}
	var from, to uintptr
	for line := range bytes.Lines(maps) {
		var begin, end uintptr
		var mode string
		if n, _ := fmt.Sscanf(string(line), "%x-%x %s ", &begin, &end, &mode); n == 3 && len(mode) == 4 {
			from, to = 0, 0
			if mode[1] == '-' && bytes.HasSuffix(bytes.TrimSpace(line), []byte(" "+self)) {
				from, to = begin, end
			}
			continue
		}
		var dirty int
		if n, _ := fmt.Sscanf(string(line), "Anonymous: %d kB", &dirty); n == 1 && dirty == 0 && from != 0 {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, syscall.MADV_DONTNEED)
		}
	}
}
