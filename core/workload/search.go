package workload

import (
	"context"
	"time"
)

// Searcher is a Runtime that can be asked, by any process, for what was started
// with labels: also for what another process has started that is gone. Its errors
// are of Runtime's classes.
type Searcher interface {
	// Find returns the workloads that have all of labels, ended ones that are not
	// removed among them, in no order.
	Find(ctx context.Context, labels map[string]string) ([]Found, error)
	// Remove ends the workload id, which has grace to end by itself, and removes
	// it. One that is not there is no error.
	Remove(ctx context.Context, id string, grace time.Duration) error
}

// Found is a workload as its runtime knows it.
type Found struct {
	ID, Name string
	Labels   map[string]string
	Running  bool
}

// Identified is a Process that a Searcher finds under an ID.
type Identified interface{ ID() string }

// Sweeper is a Runtime that can remove what was made for a workload that never ran,
// by any process.
type Sweeper interface {
	// Sweep removes the workloads that have all of labels, have been made and not
	// started, and whose labels dead reports to be of a starter that is gone; storage
	// that was made for such a workload goes too, also if the workload was never made.
	// dead is asked after the workload has been seen, so that a starter which lives at
	// that time has not yet made it or still has it. What is started in between stays.
	// It returns how many workloads it has removed.
	Sweep(ctx context.Context, labels map[string]string, dead func(labels map[string]string) bool) (removed int, err error)
}
