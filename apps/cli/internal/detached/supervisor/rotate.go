package supervisor

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/core/secret"
	"github.com/thv-secrets/thv/core/workload"
)

// change is an environment in which secrets are others than those of what runs.
type change struct {
	environment workload.Environment
	// targets are the variables and files that hold those secrets.
	targets []string
}

// Rotate gives the workload environment, in which the secrets of targets are others
// than it has, as its Spec says: by a restart, or a signal. Where it is being started
// just now it is rotation.ErrAgain. With another error the workload has what it had.
func (s *Supervisor) Rotate(ctx context.Context, environment workload.Environment, targets []string) error {
	o := order{change: &change{environment, targets}, result: make(chan error, 1)}
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

// ReportSecrets writes into the status what there is to say of changed secrets.
func (s *Supervisor) ReportSecrets(state rotation.State) {
	s.record.update(func(st *status.Status) { st.Secrets = st.Secrets.With(state) })
}

// rotated gives a, which runs, what has changed.
func (s *Supervisor) rotated(ctx context.Context, a *active, c change) (*active, error) {
	does, err := workload.ParseSecretChange(s.config.Spec.OnSecretChange)
	switch {
	case err != nil:
		return a, err
	case does.Signal != "":
		return a, s.signal(ctx, a, c, does.Signal)
	case does.Restart:
		// Whether the next one starts or is tried again, the former is gone.
		next, _ := s.exchange(ctx, a, c.environment, DefaultGrace)
		return next, nil
	}
	return a, nil
}

// signal writes the files anew, and then sends a the signal of that name. Variables
// stay as they are, which the status says.
func (s *Supervisor) signal(ctx context.Context, a *active, c change, name string) error {
	number, known := signals[name]
	if !known {
		return fmt.Errorf("%w: this system has no signal %s", secret.ErrUnsupported, name)
	}
	masker := s.maskerFor(c.environment.Secrets())
	for _, output := range a.output {
		output.Use(masker)
	}
	kept := slices.DeleteFunc(slices.Clone(c.targets), isFile)
	if len(kept) < len(c.targets) {
		refresher, can := a.process.(workload.Refresher)
		if !can {
			return fmt.Errorf("%w: this engine cannot write a file of a container anew that runs", secret.ErrUnsupported)
		}
		if err := refresher.Refresh(ctx, c.environment); err != nil {
			return err
		}
	}
	s.record.update(func(st *status.Status) { st.Secrets = st.Secrets.Keeping(kept) })
	return a.process.Signal(ctx, number)
}

// isFile reports whether a target is a file's path, and no variable's name.
func isFile(target string) bool { return strings.HasPrefix(target, "/") }
