package workload

import (
	"context"
	"time"
)

// Finder is a [Runtime] that finds workloads by their labels, also those of a process
// that has ended since. Its errors have the classes of Runtime's.
type Finder interface {
	// Find returns the workloads that have all of labels, in no particular order.
	// Workloads that have ended and were not removed are among them.
	Find(ctx context.Context, labels map[string]string) ([]Instance, error)
	// Remove stops the workload id, which has grace to exit on its own, and removes
	// it. It returns no error if there is no such workload.
	Remove(ctx context.Context, id string, grace time.Duration) error
}

// Instance is a workload as its runtime reports it.
type Instance struct {
	ID, Name string
	Labels   map[string]string
	Running  bool
}

// Identifier is a [Process] with the ID under which a [Finder] finds it.
type Identifier interface{ ID() string }

// Sweeper is a [Runtime] that removes the remains of starts that never completed, also
// those of other processes.
type Sweeper interface {
	// Sweep removes the workloads that have all of labels, were created but never
	// started, and for whose labels dead returns true: the process that created them
	// has ended. It also removes the storage of such a workload, even if the workload
	// itself was never created. Sweep calls dead after it has seen the workload, so
	// that the workload of a live process is never removed. A workload that is started
	// in the meantime stays. Sweep returns how many workloads it removed.
	Sweep(ctx context.Context, labels map[string]string, dead func(labels map[string]string) bool) (removed int, err error)
}
