//go:build unix && !linux

package exec

import "syscall"

// attributes puts the process into its own process group.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for the exit of the process and kills the rest of its group at once: while the
// group has a member, its ID is not reused.
func (p *process) reap() {
	_ = p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killGroup()
	p.reaped = true
}
