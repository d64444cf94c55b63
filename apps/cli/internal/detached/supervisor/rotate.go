package supervisor

import (
	"context"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/rotate"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// change is an environment in which secrets are others than those of what runs.
type change struct {
	environment workload.Environment
	decision    rotate.Decision
}

// Rotate gives the workload another environment as d says: by a restart, or a signal. If
// it is just being started, the error is rotation.ErrStarting. With another error the
// workload has what it had.
func (s *Supervisor) Rotate(ctx context.Context, environment workload.Environment, d rotate.Decision) error {
	o := order{change: &change{environment, d}, result: make(chan error, 1)}
	select {
	case s.orders <- o:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case err := <-o.result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ReportSecrets writes the state of changed secrets to the status.
func (s *Supervisor) ReportSecrets(state rotation.State) {
	s.record.update(func(st *status.Status) { st.Secrets = st.Secrets.With(state) })
}

// applyChange gives a, which runs, the changed secrets.
func (s *Supervisor) applyChange(ctx context.Context, a *active, c change) (*active, error) {
	switch c.decision.Action {
	case rotate.Signal:
		return a, s.signal(ctx, a, c)
	case rotate.Restart:
		// Whether the next one starts or is tried again, the former is gone.
		next, _ := s.exchange(ctx, a, c.environment, DefaultGrace)
		return next, nil
	}
	return a, nil
}

// signal writes the files again, and then sends the signal to a. Variables keep their values,
// which the status reports.
func (s *Supervisor) signal(ctx context.Context, a *active, c change) error {
	number, known := signals[c.decision.Signal]
	if !known {
		return fmt.Errorf("%w: this system has no signal %s", secret.ErrUnsupported, c.decision.Signal)
	}
	masker := s.maskerFor(c.environment.Secrets())
	for _, output := range a.output {
		output.Use(masker)
	}
	kept := c.decision.Kept
	if len(kept) < len(c.decision.Changed) {
		refresher, can := a.process.(workload.Refresher)
		if !can {
			return fmt.Errorf("%w: this engine cannot update a file in a running container", secret.ErrUnsupported)
		}
		if err := refresher.Refresh(ctx, c.environment); err != nil {
			return err
		}
	}
	s.record.update(func(st *status.Status) { st.Secrets = st.Secrets.Keeping(kept) })
	return a.process.Signal(ctx, number)
}
