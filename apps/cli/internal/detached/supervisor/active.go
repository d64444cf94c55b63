package supervisor

import (
	"context"
	"errors"
	"io"
	"runtime/debug"
	"slices"
	"syscall"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/logfile"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/masking"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/mask"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// active is a workload that runs.
type active struct {
	process workload.Process
	began   time.Time
	// kill removes the workload by force.
	kill context.CancelFunc
	// input keeps its standard input open; nil if that is empty.
	input *io.PipeWriter
	// output masks what it prints.
	output []*mask.Writer
	// done is closed once it has ended; status and err are set before.
	done   chan struct{}
	status int
	err    error
}

func (a *active) id() string {
	if a == nil {
		return ""
	}
	if known, ok := a.process.(workload.Identifier); ok {
		return known.ID()
	}
	return ""
}

// start resolves the environment and starts the workload.
func (s *Supervisor) start(ctx context.Context) (*active, error) {
	environment, err := s.config.Resolve(ctx)
	if err != nil {
		return nil, err
	}
	return s.launchClean(ctx, environment)
}

// launchClean starts the workload. It first removes the remains of a killed supervisor under its name.
func (s *Supervisor) launchClean(ctx context.Context, environment workload.Environment) (*active, error) {
	if s.orphanPossible {
		if _, err := s.clear(ctx); err != nil {
			return nil, err
		}
	}
	if !s.ran {
		for _, line := range masking.Warnings(environment) {
			s.config.Progress(line + "\n")
		}
	}
	a, err := s.launch(ctx, environment)
	if !errors.Is(err, secret.ErrConflict) || ctx.Err() != nil {
		return a, err
	}
	// The name may be used by a container of this workload.
	removed, clearing := s.clear(ctx)
	if clearing != nil {
		return nil, clearing
	}
	if removed > 0 {
		a, err = s.launch(ctx, environment)
	}
	return a, err
}

// launch starts the workload with environment.
func (s *Supervisor) launch(ctx context.Context, environment workload.Environment) (*active, error) {
	masker := s.maskerFor(environment.Secrets())
	out, errs := masker.Writer(s.log.Stream(logfile.Out)), masker.Writer(s.log.Stream(logfile.Err))
	streams := workload.Streams{Out: out, Err: errs, Progress: progress(s.config.Progress)}
	a := &active{done: make(chan struct{}), output: []*mask.Writer{out, errs}}
	if s.config.Spec.Transport == workload.TransportStdio {
		var in *io.PipeReader
		in, a.input = io.Pipe()
		streams.In = in
	}
	process, err := s.config.Runtime.Start(ctx, s.config.Spec, environment, streams)
	if err != nil {
		a.closeInput()
		return nil, err
	}
	var waiting context.Context
	waiting, a.kill = context.WithCancel(context.WithoutCancel(ctx))
	a.process, a.began = process, time.Now()
	go func() {
		defer close(a.done)
		a.status, a.err = process.Wait(waiting)
		a.closeInput()
		_ = errors.Join(out.Close(), errs.Close()) // the log has no errors
	}()
	if err := s.executed(ctx, a); err != nil {
		return nil, err
	}
	s.record.setState(status.Running, func(st *status.Status) {
		st.Container, st.Started = a.id(), &a.began
		st.Secrets = st.Secrets.Started()
		if s.ran {
			st.Restarts++
		}
	})
	s.ran = true
	return a, nil
}

func (a *active) closeInput() {
	if a.input != nil {
		_ = a.input.Close()
	}
}

// maskerFor masks values, and those of earlier starts.
func (s *Supervisor) maskerFor(values []secret.Value) *mask.Masker {
	known := len(s.values)
	for _, value := range values {
		if !slices.ContainsFunc(s.values, value.Equal) {
			s.values = append(s.values, value)
		}
	}
	if s.masker == nil || len(s.values) > known {
		s.masker = mask.New(s.values)
	}
	return s.masker
}

// progress is a writer for the messages of a start.
type progress func(string)

func (p progress) Write(text []byte) (int, error) {
	if p != nil {
		p(string(text))
	}
	return len(text), nil
}

// end ends a: by its signal, and after grace by force.
func (s *Supervisor) end(ctx context.Context, a *active, grace time.Duration) {
	if grace <= 0 {
		grace = DefaultGrace
	}
	_ = a.process.Signal(ctx, syscall.SIGTERM) // if that fails, it is removed below
	a.closeInput()
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-a.done:
	case <-timer.C:
	}
	a.kill()
	<-a.done
	s.orphanPossible = a.err != nil && !terminal.OnlyCanceled(a.err)
}

// replace resolves the environment, and only then ends a and starts the next. If that
// fails, a keeps running.
func (s *Supervisor) replace(ctx context.Context, a *active, grace time.Duration) (*active, error) {
	environment, err := s.config.Resolve(ctx)
	if err != nil {
		return a, err
	}
	return s.exchange(ctx, a, environment, grace)
}

// exchange ends a, and starts the next with environment.
func (s *Supervisor) exchange(ctx context.Context, a *active, environment workload.Environment, grace time.Duration) (*active, error) {
	s.record.setState(status.Stopping, nil)
	s.end(ctx, a, grace)
	s.record.setState(status.Starting, nil)
	next, err := s.launchClean(ctx, environment)
	if err != nil {
		s.restarting(err, 0, 0)
	}
	s.idle()
	return next, err
}

// clear removes the containers that have this workload's labels, and returns their
// number.
func (s *Supervisor) clear(ctx context.Context) (removed int, err error) {
	searcher, ok := s.config.Runtime.(workload.Finder)
	if !ok {
		s.orphanPossible = false
		return 0, nil
	}
	found, err := searcher.Find(ctx, labelled(nil, s.config.Name, s.owner))
	if err != nil {
		return 0, err
	}
	for _, f := range found {
		if Attended(s.config.Statuses, f) {
			continue // a foreground run beside this workload
		}
		if err := searcher.Remove(ctx, f.ID, DefaultGrace); err != nil {
			return removed, err
		}
		removed++
	}
	s.orphanPossible = false
	return removed, nil
}

// idle releases memory and connections that only starts need.
func (s *Supervisor) idle() {
	if closer, ok := s.config.Runtime.(io.Closer); ok {
		_ = closer.Close()
	}
	debug.FreeOSMemory()
	releaseCode()
}
