package exec

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts the program into a process group of its own, and has the
// kernel kill it when this process dies without ending it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// reap waits for the program's end and ends what is left of its group, before
// the program's process id, which is the group's, can become another's.
func (p *process) reap() {
	for {
		err := unix.Waitid(unix.P_PID, p.cmd.Process.Pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killGroup()
	_ = p.cmd.Wait()
	p.reaped = true
}
