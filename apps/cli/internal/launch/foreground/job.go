package foreground

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/workload"
)

// job is a workload as a part of this process's job in the shell. Both are in the same one of
// these states:
//
//   - foreground: this process reads the terminal, in raw mode, for a workload with its own
//     pseudo-terminal.
//   - background: this process does not read the terminal. A workload that does is stopped.
//   - stopped: the terminal has its former mode; this process has stopped itself by the
//     signal that stopped the workload, so that the shell notices it.
//
// When the workload is stopped, the state changes to stopped, regardless of the cause: Ctrl-Z,
// which its terminal converts to a signal, the workload itself, as editors do, or kill. Only a
// workload that was stopped because it used the terminal in the background is continued at
// once if it has the terminal by then. SIGCONT, which fg and bg send, changes the state from
// stopped to foreground if this process's group has the terminal, and otherwise to background.
// If the workload ignores SIGTSTP, neither it nor this process is stopped.
//
// A workload that is not a JobControlled, such as a container, has no such states.
type job struct {
	process workload.Process
	control workload.JobControlled // nil for none
	stops   <-chan os.Signal
	a       *attachment
	told    bool // whether this process got a SIGTSTP since both ran
}

// controller is a runtime whose processes may be JobControlled.
type controller interface{ ControlsJobs() bool }

// controlsJobs reports whether the signals of job control are for w, and not for this
// process alone. They are caught before w starts, so that none stops only one of both.
func controlsJobs(w Workload) bool {
	c, ok := w.Runtime.(controller)
	return ok && c.ControlsJobs()
}

func newJob(process workload.Process, a *attachment) *job {
	j := &job{process: process, a: a}
	if control, ok := process.(workload.JobControlled); ok {
		j.control, j.stops = control, control.Stops()
	}
	return j
}

// pass forwards one signal to the workload. A failure is ignored, since the workload may have
// just exited.
func (j *job) pass(ctx context.Context, sig os.Signal) {
	if isResize(sig) {
		j.resize(ctx)
		return
	}
	_ = j.process.Signal(ctx, sig)
}

// signal heeds a signal that stops or continues this process.
func (j *job) signal(ctx context.Context, sig os.Signal) {
	if continues(sig) {
		j.resume(ctx)
		return
	}
	j.told = true
	j.pass(ctx, sig)
}

// stop follows the workload, which sig has stopped.
func (j *job) stop(ctx context.Context, sig os.Signal) {
	if wantsTerminal(sig) && !j.inBackground() {
		j.resume(ctx)
		return
	}
	if !j.told && j.sharesTerminal() {
		j.awaitEcho()
	}
	j.a.release()
	if suspend(sig, j.a.keyboard != nil) || !wantsTerminal(sig) {
		j.resume(ctx)
	}
}

// echoWait bounds the wait for a signal that the whole job may have got.
const echoWait = 200 * time.Millisecond

// awaitEcho waits for the SIGTSTP that has stopped a workload in our group to come here,
// too. It would stop the job again once that is continued.
func (j *job) awaitEcho() {
	timer := time.NewTimer(echoWait)
	defer timer.Stop()
	select {
	case <-j.a.control:
	case <-timer.C: // it was for the workload alone
	}
}

// sharesTerminal reports whether our terminal stops the workload, too.
func (j *job) sharesTerminal() bool {
	return j.a.keyboard == nil && terminal.IsTerminal(j.a.command.In)
}

// resume continues the workload in the present state of this process, foreground or background.
func (j *job) resume(ctx context.Context) {
	j.told = false
	foreground := !j.inBackground()
	if foreground {
		_ = j.a.takeTerminal() // what fails is that the terminal has gone
		j.resize(ctx)
	} else {
		j.a.release()
	}
	if err := j.control.Continue(foreground); err != nil && !errors.Is(err, os.ErrProcessDone) {
		fmt.Fprintf(j.a.command.Err, "thv: %v\n", err)
	}
}

func (j *job) resize(ctx context.Context) {
	if j.a.streams.Terminal {
		_ = j.process.Resize(ctx, j.a.size())
	}
}
