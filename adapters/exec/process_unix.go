//go:build unix

package exec

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// group is the ID of the process group, which is the process ID of the executable.
type group int

func root(string) string { return "/" }

func (p *process) gather() error {
	p.group = group(p.cmd.Process.Pid)
	return nil
}

// closedFiles returns the extra files for which the executable starts without the inherited
// descriptors of this process, one of which may contain a password. They are closed in the
// executable only; other child processes still inherit them.
func closedFiles() []*os.File {
	const first = 3
	last := first - 1
	entries, _ := os.ReadDir("/dev/fd")
	for _, entry := range entries {
		fd, err := strconv.Atoi(entry.Name())
		if err != nil || fd <= last {
			continue
		}
		if flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0); err == nil && flags&unix.FD_CLOEXEC == 0 {
			last = fd
		}
	}
	return make([]*os.File, last+1-first)
}

// kill kills the process and its whole group at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.killGroup()
	}
}

func (p *process) killGroup() { _ = syscall.Kill(-int(p.group), syscall.SIGKILL) }
