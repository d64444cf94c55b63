//go:build !windows

package foreground

import (
	"os"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// jobControl are the signals that stop and continue a job.
var jobControl = append([]os.Signal{syscall.SIGCONT}, signals.Stops...)

func continues(sig os.Signal) bool { return sig == syscall.SIGCONT }

// wantsTerminal reports whether sig stops a process that uses the terminal in the
// background.
func wantsTerminal(sig os.Signal) bool { return sig == syscall.SIGTTIN || sig == syscall.SIGTTOU }

// suspend stops this process, and the rest of its job if the kernel has not done that:
// a key in raw mode is a byte to it, and it knows of no read of another terminal. It
// reports whether this process was stopped.
func suspend(sig os.Signal, raw bool) bool {
	number, ok := sig.(syscall.Signal)
	return ok && signals.Suspend(number, raw || wantsTerminal(sig))
}

// inBackground reports whether another job has the terminal.
func (j *job) inBackground() bool {
	if terminal.IsTerminal(j.a.command.In) {
		return terminal.InBackground(j.a.command.In)
	}
	tty, err := os.OpenFile("/dev/tty", os.O_RDWR, 0)
	if err != nil {
		return false
	}
	defer func() { _ = tty.Close() }()
	return terminal.InBackground(tty)
}
