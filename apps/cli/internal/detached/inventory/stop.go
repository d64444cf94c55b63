package inventory

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/supervisor"
	"github.com/thv-secrets/thv/core/secret"
)

// answerWait is the additional time for a supervisor's answer after its workload has exited, in
// which the engine removes the container.
const answerWait = 30 * time.Second

// Stop ends the workload of st, which this Lister has returned, and what foreground
// runs of its name have left, and reports whether anything ran. The workload has grace
// to exit after its signal; zero is supervisor.DefaultGrace. It is not started again.
// If only a foreground run whose command is alive ran, that keeps running, and the
// error is a *ForegroundError.
func (r *Lister) Stop(ctx context.Context, st status.Status, grace time.Duration) (ran bool, err error) {
	if st.State == status.Later {
		_, err := r.statuses.Read(st.Name)
		return false, err
	}
	if grace == 0 {
		grace = supervisor.DefaultGrace
	}
	ended, err := r.endLeft(ctx, st.Name, grace)
	if err != nil {
		return ended, err
	}
	name := st.Name
	if r.left[name] != nil || st.State == status.Foreground {
		under, known := r.under[name]
		if !known || under.State == status.Saved {
			return ended, r.unlessEnded(name, ended)
		}
		st = under
	}
	ran, err = r.stop(ctx, st, grace)
	if ran = ran || ended; err == nil {
		err = r.unlessEnded(name, ran)
	}
	return ran, err
}

// unlessEnded returns the error that name runs in the foreground, unless something was stopped.
func (r *Lister) unlessEnded(name string, ended bool) error {
	if ended {
		return nil
	}
	return r.Attended(name)
}

// stop ends the detached workload of st.
func (r *Lister) stop(ctx context.Context, st status.Status, grace time.Duration) (ran bool, err error) {
	if !r.statuses.HasSupervisor(st.Name) {
		return r.stopLeft(ctx, st, grace)
	}
	now, err := r.statuses.Read(st.Name) // the supervisor may be a newer one
	if errors.Is(err, secret.ErrCorrupt) {
		now.Socket = r.socket(st.Name)
	} else if err != nil {
		return false, err
	}
	now.Name = st.Name
	answered, cancel := context.WithTimeout(ctx, grace+answerWait)
	defer cancel()
	_, err = control.Call(answered, now.Socket, control.Request{Verb: control.Stop, Grace: grace})
	switch {
	case answered.Err() != nil && ctx.Err() == nil:
		return true, fmt.Errorf("%w: the supervisor of %s (process %d) is not responding; run kill -9 %d, then thv stop %s to clean up",
			secret.ErrUnavailable, st.Name, now.PID, now.PID, st.Name)
	case errors.Is(err, control.ErrDisconnected) && r.statuses.AwaitEnd(st.Name, status.EndWait):
		_, err := r.stopAgain(ctx, now.Name, grace)
		return true, err
	case errors.Is(err, control.ErrNoResponse) && !r.statuses.HasSupervisor(st.Name):
		return r.stopAgain(ctx, now.Name, grace)
	case errors.Is(err, control.ErrNoResponse):
		return true, r.signal(ctx, now, grace)
	case err != nil:
		return true, err
	}
	if !r.statuses.AwaitEnd(st.Name, status.EndWait) {
		return true, fmt.Errorf("%w: %s is stopped, but its supervisor (process %d) does not end", secret.ErrUnavailable, st.Name, now.PID)
	}
	if last, err := r.statuses.Read(st.Name); err == nil && (last.ShouldRun || uncertain(last.State)) {
		_, err := r.stopAgain(ctx, st.Name, grace) // it was exiting already when the request came
		return true, err
	}
	return true, nil
}

// socket returns the socket of a supervisor whose status file is damaged; empty if it
// has none.
func (r *Lister) socket(name string) string {
	owner, err := r.statuses.Owner()
	if err != nil {
		return ""
	}
	for _, path := range control.Paths(r.sockets, owner, name) {
		if _, err := os.Stat(path); err == nil {
			return path
		}
	}
	return ""
}

// signal stops a supervisor whose socket is gone, for example with the directory of a
// session that has ended. The lock proves that the process is the supervisor.
func (r *Lister) signal(ctx context.Context, st status.Status, grace time.Duration) error {
	process, err := os.FindProcess(st.PID)
	if err == nil && st.PID > 0 {
		err = process.Signal(syscall.SIGTERM)
	}
	if err != nil {
		return fmt.Errorf("%w: cannot signal the supervisor of %s: %w", secret.ErrUnavailable, st.Name, err)
	}
	if !r.statuses.AwaitEnd(st.Name, grace+status.EndWait) {
		return fmt.Errorf("%w: the supervisor of %s (process %d) does not end", secret.ErrUnavailable, st.Name, st.PID)
	}
	_, err = r.stopAgain(ctx, st.Name, grace)
	return err
}

// stopAgain stops the workload of a supervisor that has just exited.
func (r *Lister) stopAgain(ctx context.Context, name string, grace time.Duration) (ran bool, err error) {
	again := &Lister{statuses: r.statuses, runConfigs: r.runConfigs, engine: r.engine, sockets: r.sockets}
	settled, err := again.One(ctx, name)
	if err != nil {
		return false, err
	}
	return again.stopLeft(ctx, settled, grace)
}

// stopLeft stops the workload that a killed supervisor has left.
func (r *Lister) stopLeft(ctx context.Context, st status.Status, grace time.Duration) (ran bool, err error) {
	lock, err := r.statuses.Lock(st.Name)
	if errors.Is(err, status.ErrHeld) {
		return false, fmt.Errorf("%w: %s is being started just now", secret.ErrConflict, st.Name)
	}
	if err != nil {
		return false, err
	}
	defer lock.Release()
	switch st.State {
	case status.Saved:
		return false, nil
	case status.Unknown:
		return false, fmt.Errorf("%w: the engine does not say whether %s runs: %w", secret.ErrUnavailable, st.Name, r.EngineErr)
	case status.Unsupervised:
		if err := r.searcher.Remove(ctx, st.Container, grace); err != nil {
			return true, err
		}
		ran = true
	}
	now, err := r.statuses.Read(st.Name)
	if err != nil {
		now = st
	}
	if !ran && !now.ShouldRun && !now.State.Live() {
		return false, nil
	}
	if ran || now.State.Live() {
		now.To(status.Stopped, time.Now())
	}
	now.ShouldRun = false
	return ran, r.statuses.Write(now)
}
