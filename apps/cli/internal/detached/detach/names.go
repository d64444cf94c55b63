package detach

import (
	"context"
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/attend"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/launch/describe"
	"github.com/thv-secrets/thv/core/secret"
)

// lockName waits until no other command starts a workload with the run's name, and returns the name.
// The running workload is saved while the lock is held, so that the losing one of two starts
// does not overwrite the RunConfig of the other.
func (d Detacher) lockName(ctx context.Context, p describe.Plan) (name string, done func(), err error) {
	for {
		if name, err = d.RunConfigs.NameOf(p.SaveTarget(), p.Spec); err != nil {
			return "", nil, err
		}
		if done, err = d.Statuses.LockStart(ctx, name); err != nil {
			return "", nil, err
		}
		again, err := d.RunConfigs.NameOf(p.SaveTarget(), p.Spec)
		if err == nil && again == name {
			err = d.taken(name)
		}
		if err != nil {
			done()
			return "", nil, err
		}
		if again == name {
			return name, done, nil
		}
		done() // another image has taken the name in that time
	}
}

// taken refuses the name of what runs, detached or in the foreground.
func (d Detacher) taken(name string) error {
	if d.Statuses.WaitSupervised(name, status.EndWait) {
		return attend.Running(name)
	}
	return d.attended(name)
}

// attended refuses the name of a container that a run in the foreground has.
func (d Detacher) attended(name string) error {
	if run, taken := d.Statuses.Attended(name); taken {
		return fmt.Errorf("%w: %s runs in the foreground, in process %d; --name chooses another name", secret.ErrConflict, name, run.PID)
	}
	return nil
}

// ofThisVersion refuses a workload whose status a later thv has written.
func (d Detacher) ofThisVersion(name string) error {
	if _, err := d.Statuses.Read(name); errors.Is(err, status.ErrLater) {
		return err
	}
	return nil
}

// unsaved returns why a workload that ran in the foreground is not saved; nil if there was no
// such run.
func (d Detacher) unsaved(name string) error {
	run, lives, known := d.Statuses.RunOf(name)
	switch {
	case !known:
		return nil
	case lives:
		return fmt.Errorf("%w: %s runs in the foreground, in process %d, and is not saved", secret.ErrNotFound, name, run.PID)
	}
	return fmt.Errorf("%w: a thv run of %s was killed before it was saved, so that nothing can be started; thv stop %s ends what it has left", secret.ErrNotFound, name, name)
}
