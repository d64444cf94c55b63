package resolve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// grace is how long after a failure the lookups of earlier references may still
// end, so that of several failures the earliest reference's is the answer, whoever
// was quicker. It is longer than a provider's first answer takes that has to start
// a program: a run then fails as Explain says, every time.
const grace = 3 * time.Second

// errStopped is the cause of a context that a brake canceled.
var errStopped = errors.New("another reference failed")

// brake stops the lookups of a round after a failure.
type brake struct {
	lookups []context.Context
	stops   []context.CancelCauseFunc

	mu   sync.Mutex
	kept int // the lookups from here on are stopped
	late *time.Timer
}

func newBrake(ctx context.Context, n int) *brake {
	b := &brake{lookups: make([]context.Context, n), stops: make([]context.CancelCauseFunc, n), kept: n}
	for i := range n {
		b.lookups[i], b.stops[i] = context.WithCancelCause(ctx)
	}
	return b
}

// pull says that lookup i failed.
func (b *brake) pull(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.late == nil {
		b.late = time.AfterFunc(grace, b.stopAll)
	}
	if i >= b.kept {
		return
	}
	for _, stop := range b.stops[i+1 : b.kept] {
		stop(errStopped)
	}
	b.kept = i + 1
}

// pulled reports whether any lookup failed.
func (b *brake) pulled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.late != nil
}

// release ends what the lookups' contexts and the timer hold.
func (b *brake) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.late != nil {
		b.late.Stop()
	}
	b.stopAll()
}

func (b *brake) stopAll() {
	for _, stop := range b.stops {
		stop(errStopped)
	}
}

// stopped reports whether a brake canceled ctx.
func stopped(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errStopped) }
