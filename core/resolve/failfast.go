package resolve

import (
	"context"
	"errors"
	"sync"
	"time"
)

// grace is how long after a failure the lookups of earlier references may still
// end. Of several failures the earliest reference's is reported, whichever came
// first. It is longer than a provider takes that has to start a process, so that a
// run always fails with the error that Explain reports.
const grace = 3 * time.Second

// errStopped is the cause of a context that a failFast canceled.
var errStopped = errors.New("another reference failed")

// failFast cancels the lookups of a round after a failure: those of later
// references at once, those of earlier ones after [grace].
type failFast struct {
	contexts []context.Context
	cancels  []context.CancelCauseFunc

	mu    sync.Mutex
	kept  int // the lookups from this index on are canceled
	timer *time.Timer
}

func newFailFast(ctx context.Context, n int) *failFast {
	f := &failFast{contexts: make([]context.Context, n), cancels: make([]context.CancelCauseFunc, n), kept: n}
	for i := range n {
		f.contexts[i], f.cancels[i] = context.WithCancelCause(ctx)
	}
	return f
}

// fail records that lookup i failed.
func (f *failFast) fail(i int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer == nil {
		f.timer = time.AfterFunc(grace, f.cancelAll)
	}
	if i >= f.kept {
		return
	}
	for _, cancel := range f.cancels[i+1 : f.kept] {
		cancel(errStopped)
	}
	f.kept = i + 1
}

// failed reports whether any lookup failed.
func (f *failFast) failed() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.timer != nil
}

// release stops the timer and frees the lookups' contexts.
func (f *failFast) release() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.timer != nil {
		f.timer.Stop()
	}
	f.cancelAll()
}

func (f *failFast) cancelAll() {
	for _, cancel := range f.cancels {
		cancel(errStopped)
	}
}

// stopped reports whether a failFast canceled ctx.
func stopped(ctx context.Context) bool { return errors.Is(context.Cause(ctx), errStopped) }
