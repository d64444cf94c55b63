//go:build unix

package exec

import (
	"os"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// group is the program's process group, whose number is the program's process id.
type group int

func root(string) string { return "/" }

func (p *process) gather() error {
	p.group = group(p.cmd.Process.Pid)
	return nil
}

// closedFiles has the program start without the descriptors that this process
// was given and would pass on: one may be where a password is read from. They
// are closed in the program only; whoever else is started gets them.
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

// kill ends the program and its whole group at once.
func (p *process) kill() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.reaped {
		p.killGroup()
	}
}

func (p *process) killGroup() { _ = syscall.Kill(-int(p.group), syscall.SIGKILL) }
