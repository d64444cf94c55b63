// Package foreground runs one workload to its end, attached to the command's
// streams: masking what it prints, passing signals and the terminal's size on.
package foreground

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/thv-secrets/thv/apps/cli/internal/launch/masking"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// Workload is a workload to run, with its runtime and its streams.
type Workload struct {
	Runtime     workload.Runtime
	Spec        workload.Spec
	Environment workload.Environment
	Streams     *terminal.Streams
	// Masking replaces the environment's secrets in the workload's output, and warns about
	// those that it cannot hide well.
	Masking bool
	// Started is called once it runs; nil does nothing. An error ends it, and is Run's.
	Started func() error
}

const (
	// maxInterrupts is the number of interrupts that stop a workload which ignores them.
	maxInterrupts = 3
	// statusOfBrokenPipe is a shell's status for an exit by SIGPIPE.
	statusOfBrokenPipe = 141
)

// Run starts w and waits for its exit. It returns nil for the status 0, a
// *terminal.StatusError for another status, and the runtime's error if w could not be started.
// A terminating signal before the start, or a ctx that is done, is a
// *terminal.InterruptedError, and w is not started. Once w runs, signals are forwarded to it,
// and if a workload.JobControlled is stopped, this process is stopped too: see job. A signal
// that was ignored before stays ignored, here and in w.
//
// If the reader of the command's output is gone, the runtime stops and removes w; Run returns
// its status, or 141 if it has none.
func Run(ctx context.Context, w Workload) error {
	caught := make(chan os.Signal, 16)
	signals.Notify(caught, forwarded...)
	control := make(chan os.Signal, 16)
	defer signal.Stop(control)
	if controlsJobs(w) {
		signals.Notify(control, jobControl...)
	}
	defer signal.Stop(caught)
	defer surviveBrokenPipes()()
	if w.Masking {
		for _, line := range masking.Warnings(w.Environment) {
			fmt.Fprintln(w.Streams.Err, line)
		}
	}
	a, err := attach(w)
	if err != nil {
		return err
	}
	a.control = control
	status, err := run(ctx, w, a, caught)
	return answer(status, err, a.close())
}

func run(ctx context.Context, w Workload, a *attachment, caught chan os.Signal) (int, error) {
	defer a.detach()
	// During a slow start the terminal stays in its normal mode, so that Ctrl-C is a signal
	// and progress has line feeds. The output of a quick one must not get them twice.
	quick := controlsJobs(w)
	if quick {
		if err := a.takeTerminal(); err != nil {
			return 0, err
		}
	}
	process, err := start(ctx, w, a.streams, caught)
	if err != nil {
		return 0, err
	}
	if !quick {
		if err := a.takeTerminal(); err != nil {
			return 0, errors.Join(err, end(ctx, process))
		}
	}
	if w.Started != nil {
		if err := w.Started(); err != nil {
			return 0, errors.Join(err, end(ctx, process))
		}
	}
	return supervise(ctx, process, a, caught)
}

// answer returns the result of [Run]. The error of closing the output is usually the one that
// the runtime returned, and then not repeated.
func answer(status int, err, closing error) error {
	if err == nil {
		err = closing
	}
	if brokenPipe(err) && secret.ClassOf(err) == secret.ClassOther {
		err = nil
		if status == 0 {
			status = statusOfBrokenPipe
		}
	}
	if err == nil && status != 0 {
		return &terminal.StatusError{Status: status}
	}
	return err
}

// start starts w, unless a terminating signal arrives before. Other signals in that time stay
// in caught, for the workload.
func start(ctx context.Context, w Workload, streams workload.Streams, caught chan os.Signal) (workload.Process, error) {
	starting, interrupt := context.WithCancel(ctx)
	defer interrupt()
	type outcome struct {
		process workload.Process
		err     error
	}
	started := make(chan outcome, 1)
	go func() {
		process, err := w.Runtime.Start(starting, w.Spec, w.Environment, streams)
		started <- outcome{process, err}
	}()
	var early []os.Signal
	var ended *terminal.InterruptedError
	for {
		select {
		case o := <-started:
			if ended != nil {
				if ended.Err = o.err; o.process != nil {
					ended.Err = end(ctx, o.process)
				}
				return nil, ended
			}
			requeue(caught, early)
			return o.process, o.err
		case sig := <-caught:
			if number, ok := sig.(syscall.Signal); ok && ended == nil && ends(sig) {
				ended = &terminal.InterruptedError{Signal: number}
				interrupt()
			}
			early = append(early, sig)
		}
	}
}

// end ends a workload that is not to run, and returns what fails of that.
func end(ctx context.Context, process workload.Process) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	_, err := process.Wait(ctx)
	if terminal.OnlyCanceled(err) {
		return nil
	}
	return err
}

// requeue puts signals back into their channel, as far as it has room.
func requeue(caught chan<- os.Signal, early []os.Signal) {
	for _, sig := range early {
		select {
		case caught <- sig:
		default:
		}
	}
}

// supervise passes signals on, and follows stops, until process has ended.
func supervise(ctx context.Context, process workload.Process, a *attachment, caught <-chan os.Signal) (int, error) {
	waiting, giveUp := context.WithCancel(context.WithoutCancel(ctx))
	defer giveUp()
	j := newJob(process, a)
	go func() {
		interrupts := 0
		for {
			select {
			case <-waiting.Done():
				return
			case sig := <-j.stops:
				j.stop(waiting, sig)
			case sig := <-a.control:
				j.signal(waiting, sig)
			case sig := <-caught:
				if sig == os.Interrupt {
					interrupts++
				}
				if interrupts >= maxInterrupts {
					giveUp()
					return
				}
				j.pass(waiting, sig)
			}
		}
	}()
	return process.Wait(waiting)
}
