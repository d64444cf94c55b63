package workload

import (
	"context"
	"time"
)

// Searcher is a Runtime that can be asked, by any process, for what was started
// with labels: also for what another process has started that is gone. Its errors
// are of Runtime's classes.
type Searcher interface {
	// Find answers the workloads that have all of labels, ended ones that are not
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
