package supervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// run is the first start, and then one end and start after the other.
func (s *Supervisor) run(ctx context.Context) error {
	s.record.setState(status.Starting, nil)
	active, err := s.begin(ctx)
	if err == nil {
		active, err = s.commit(ctx, active)
	}
	if err != nil && !s.retryable(ctx, err) {
		return s.notStarted(ctx, err)
	}
	if err != nil {
		s.restarting(err, 0, 0)
	}
	s.reportStarted(err)
	for {
		var over bool
		if active != nil {
			active, over = s.waitRunning(ctx, active)
		} else {
			active, over = s.waitBackoff(ctx)
		}
		if over {
			return nil
		}
	}
}

// commit saves the running workload, and stops it if that fails.
func (s *Supervisor) commit(ctx context.Context, a *active) (*active, error) {
	if s.committed || s.config.Commit == nil {
		return a, nil
	}
	s.committed = true
	if err := s.config.Commit(); err != nil {
		s.end(context.WithoutCancel(ctx), a, DefaultGrace)
		return nil, err
	}
	return a, nil
}

// retryable reports whether a first start is to be tried again.
func (s *Supervisor) retryable(ctx context.Context, err error) bool {
	return s.config.Persist && errors.Is(err, secret.ErrUnavailable) && ctx.Err() == nil && !errors.Is(err, errStopped)
}

// notStarted restores the former status if the starter gave up. Otherwise it writes why
// the workload did not start.
func (s *Supervisor) notStarted(ctx context.Context, err error) error {
	abandoned, stopped := errors.Is(context.Cause(ctx), ErrAbandoned), errors.Is(err, errStopped)
	switch {
	case abandoned:
		return errors.Join(ErrAbandoned, s.restoreStatus(false))
	case s.config.Replaces:
		return errors.Join(err, s.restoreStatus(stopped))
	case stopped:
		return err
	}
	if ctx.Err() != nil {
		return errors.Join(err, s.quit(context.WithoutCancel(ctx), nil, 0))
	}
	s.record.setState(s.finalState(status.Failed), func(st *status.Status) {
		st.LastEnd = ended(0, err)
		st.ShouldRun = s.hadFormer && s.former.ShouldRun // what ran before a reboot is tried at the next
	})
	return err
}

// restoreStatus restores the former status. If there was none, it removes the status, and a
// log that this start began.
func (s *Supervisor) restoreStatus(stopped bool) error {
	if !s.hadFormer && !s.orphanPossible {
		_ = s.log.Close() // what it could not write is of no use any more
		var err error
		if !s.hadLog {
			_, err = logfile.Remove(s.config.LogPath)
		}
		return errors.Join(s.config.Statuses.Remove(s.config.Name), err)
	}
	st := s.former
	st.Name, st.ShouldRun = s.config.Name, st.ShouldRun && !stopped
	if !s.hadFormer {
		st.Image = s.config.Spec.Image
	}
	if s.orphanPossible || uncertain(st.State) {
		st.To(s.finalState(status.Stopped), time.Now())
	}
	return s.config.Statuses.Write(st)
}

// uncertain reports whether state is of a workload that may have run, which a start ends
// first.
func uncertain(state status.State) bool {
	return state.Live() || state == status.Unsupervised || state == status.Unknown
}

// finalState returns state, or status.Unknown if there may be an orphaned container.
func (s *Supervisor) finalState(state status.State) status.State {
	if s.orphanPossible {
		return status.Unknown
	}
	return state
}

// reportStarted reports once that the workload runs, and releases what only starts need.
func (s *Supervisor) reportStarted(err error) {
	st, unwritten := s.record.now()
	if unwritten != nil && err == nil {
		s.config.Progress(fmt.Sprintf("Its status cannot be written: %v\n", unwritten))
	}
	close(s.reported)
	s.config.Started(st, err)
	s.config.Progress = func(string) {}
	s.idle()
}

// errStopped is the error of a start that was stopped.
var errStopped = fmt.Errorf("%w: it was stopped before it ran", secret.ErrConflict)

// begin starts the workload while listening for orders: one to stop ends it.
func (s *Supervisor) begin(ctx context.Context) (*active, error) {
	starting, cancel := context.WithCancel(ctx)
	defer cancel()
	type outcome struct {
		active *active
		err    error
	}
	started := make(chan outcome, 1)
	go func() {
		a, err := s.start(starting)
		started <- outcome{a, err}
	}()
	var stops, others []order
	for {
		select {
		case o := <-started:
			return s.finishStart(ctx, o.active, o.err, stops, others)
		case o := <-s.orders:
			if o.Verb != control.Stop {
				others = append(others, o) // it is being restarted already
				continue
			}
			s.record.setState(status.Stopping, func(st *status.Status) { st.ShouldRun = false })
			stops = append(stops, o)
			cancel()
		}
	}
}

// finishStart answers the orders that arrived during the start.
func (s *Supervisor) finishStart(ctx context.Context, a *active, err error, stops, others []order) (*active, error) {
	if len(stops) > 0 {
		quitting := s.quit(context.WithoutCancel(ctx), a, stops[0].Grace)
		a, err = nil, errStopped
		for _, o := range stops {
			o.done("", quitting)
		}
	}
	for _, o := range others {
		if o.change != nil {
			o.done("", rotation.ErrStarting) // this start may be one before the change
			continue
		}
		o.done(a.id(), err)
	}
	return a, err
}

// waitRunning waits for the end of a, or for an order, and returns what runs then.
func (s *Supervisor) waitRunning(ctx context.Context, a *active) (next *active, over bool) {
	select {
	case <-a.done:
		return nil, s.ended(a)
	case o := <-s.orders:
		return s.handleOrder(ctx, a, o)
	case <-ctx.Done():
		s.record.setState(status.Stopping, nil)
		_ = s.quit(context.WithoutCancel(ctx), a, DefaultGrace) // no request waits for the error
		return nil, true
	}
}

// ended decides what follows the end of a.
func (s *Supervisor) ended(a *active) (over bool) {
	kind := policy(s.config.Spec)
	switch {
	case a.err != nil:
		s.orphanPossible = true // the engine went away, and may come back with the container
		s.restarting(a.err, 0, time.Since(a.began))
		return false
	case kind == workload.RestartAlways, kind == workload.RestartOnFailure && a.status != 0:
		s.restarting(nil, a.status, time.Since(a.began))
		return false
	}
	s.finish(ended(a.status, nil))
	return true
}

// finish writes the last status of a workload that is not started again.
func (s *Supervisor) finish(end *status.End) {
	state := status.Stopped
	if end.ExitCode != 0 {
		state = status.Failed
	}
	s.record.setState(state, func(st *status.Status) { st.ShouldRun, st.LastEnd = false, end })
}

// restarting sets the status with the time of the next start.
func (s *Supervisor) restarting(err error, exit int, ran time.Duration) {
	s.failed = err
	next := time.Now().Add(s.backOff.next(ran))
	s.record.setState(status.Restarting, func(st *status.Status) { st.NextTry, st.LastEnd = &next, ended(exit, err) })
}

// waitBackoff waits for the next start and makes it, or handles an order that comes first.
func (s *Supervisor) waitBackoff(ctx context.Context) (next *active, over bool) {
	st, _ := s.record.now()
	timer := time.NewTimer(time.Until(*st.NextTry))
	defer timer.Stop()
	var waiting *order
	select {
	case <-ctx.Done():
		_ = s.quit(context.WithoutCancel(ctx), nil, 0) // no request waits for the error
		return nil, true
	case <-timer.C:
	case o := <-s.orders:
		if o.Verb != control.Restart && o.change == nil {
			return s.handleOrder(ctx, nil, o)
		}
		waiting = &o
	}
	if waiting == nil && policy(s.config.Spec) == workload.RestartNo && s.ran {
		return s.clearOnly(ctx, st)
	}
	a, over := s.retry(ctx)
	if waiting != nil {
		waiting.done(a.id(), s.lastFailure(a))
	}
	return a, over
}

// lastFailure is why nothing runs.
func (s *Supervisor) lastFailure(a *active) error {
	if a == nil && s.failed != nil {
		return s.failed
	}
	if st, _ := s.record.now(); a == nil && st.LastEnd != nil {
		failure := protocol.Failure{Class: st.LastEnd.Class, Message: st.LastEnd.Message}
		return (&control.Failure{Failure: failure, ExitCode: st.LastEnd.ExitCode}).Err()
	}
	return nil
}

// retry starts the workload again.
func (s *Supervisor) retry(ctx context.Context) (next *active, over bool) {
	s.record.setState(status.Starting, nil)
	a, err := s.begin(ctx)
	switch {
	case errors.Is(err, errStopped):
		return nil, true
	case ctx.Err() != nil && a == nil:
		_ = s.quit(context.WithoutCancel(ctx), nil, 0) // no request waits for the error
		return nil, true
	case final(err):
		s.finish(ended(0, err))
		return nil, true
	case err == nil:
		a, err = s.commit(ctx, a)
	}
	if err != nil {
		s.restarting(err, 0, 0)
	}
	s.idle()
	return a, false
}

// clearOnly removes the containers that may be left in the engine, and returns once that is
// certain.
func (s *Supervisor) clearOnly(ctx context.Context, st status.Status) (next *active, over bool) {
	if _, err := s.clear(ctx); err != nil {
		s.restarting(err, 0, 0)
		return nil, false
	}
	s.record.setState(status.Failed, func(now *status.Status) { now.ShouldRun, now.LastEnd = false, st.LastEnd })
	return nil, true
}

// quit ends a, which is nil if nothing runs, and writes the last status. It returns an
// error if the engine may still have a container and does not respond.
func (s *Supervisor) quit(ctx context.Context, a *active, grace time.Duration) error {
	if a != nil {
		s.record.setState(status.Stopping, nil)
		s.end(ctx, a, grace)
	}
	if s.orphanPossible {
		if _, err := s.clear(ctx); err != nil {
			s.record.setState(status.Unknown, func(st *status.Status) { st.LastEnd = ended(0, err) })
			return err
		}
	}
	s.record.setState(status.Stopped, nil)
	_, err := s.record.now()
	return err
}

// handleOrder executes o for a, which is nil if nothing runs.
func (s *Supervisor) handleOrder(ctx context.Context, a *active, o order) (next *active, over bool) {
	switch {
	case o.change != nil:
		a, err := s.applyChange(ctx, a, *o.change)
		o.done("", err)
		return a, false
	case o.Verb == control.Stop:
		s.record.setState(status.Stopping, func(st *status.Status) { st.ShouldRun = false })
		o.done("", s.quit(ctx, a, o.Grace))
		return nil, true
	case o.Verb == control.Restart:
		a, err := s.replace(ctx, a, o.Grace)
		o.done(a.id(), err)
		return a, false
	}
	o.done("", fmt.Errorf("%w: this supervisor does not know %q; it is of another version of thv: stop and start the workload", secret.ErrUnsupported, o.Verb))
	return a, false
}
