package consent

import (
	"context"
	"errors"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/secret"
)

// SavedGrants has the grants of a workload since it was saved.
type SavedGrants interface {
	UngrantedTo(name, image string, items []access.Item) ([]access.Item, error)
	Settle(name, image string, items []access.Item) error
}

// Supervised is the consent of a workload that a supervisor runs, which cannot ask.
type Supervised struct {
	Grants SavedGrants
	// Name is the workload's name, and Granted are the keys that were granted at its start.
	Name, Image string
	Granted     []string
	// Running reports whether the workload has started, and Starting whether a command
	// waits for that.
	Running  func() bool
	Starting bool
}

// Check returns an *access.UngrantedError for items that were granted neither at the start of
// the workload nor later. It runs at each start, restart and change of a secret.
func (s Supervised) Check(_ context.Context, items []access.Item) error {
	missing := access.Missing(items, s.Granted)
	if len(missing) == 0 {
		return nil
	}
	ungranted, err := s.Grants.UngrantedTo(s.Name, s.Image, missing)
	switch {
	case errors.Is(err, secret.ErrCorrupt):
		ungranted = missing
	case err != nil:
		return err
	}
	if len(ungranted) == 0 {
		_ = s.Grants.Settle(s.Name, s.Image, items) // if it cannot be written, the next start tries again
		return nil
	}
	return &access.UngrantedError{Workload: s.Name, Image: s.Image, Items: ungranted, Running: s.Running(), Starting: s.Starting}
}
