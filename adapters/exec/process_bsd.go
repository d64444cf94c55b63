//go:build unix && !linux

package exec

import "syscall"

// attributes puts the program into a process group of its own.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// reap waits for the program's end and ends what is left of its group at once:
// while a member is left, no other group gets its number.
func (p *process) reap() {
	_ = p.cmd.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.killGroup()
	p.reaped = true
}
