package exec

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

// attributes puts the process into its own process group, and makes the kernel kill it if this
// process dies without stopping it.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// reap waits for the exit of the process and kills the rest of its group before the process
// ID, which is also the group's, can be reused.
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
