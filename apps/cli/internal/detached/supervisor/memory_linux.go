package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"syscall"
)

// releaseCode has the kernel take back the pages of the executable that starts have
// touched, most of what an idle supervisor would keep resident. They come back from
// the file when they are needed. Only what was never written is let go of: a page
// that differs from the file would be lost.
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
