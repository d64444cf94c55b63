package supervisor

import (
	"math/rand/v2"
	"time"
)

const (
	firstWait = time.Second
	// longWait is so long that a provider with a quota of a thousand questions a day
	// can be asked at each start.
	longWait = 5 * time.Minute
	// lasting is the time after which a running workload counts as started.
	lasting = time.Minute
	// jitter is the random part of a wait, so that workloads which exited together do not
	// start together.
	jitter = 0.25
)

// backOff computes the wait before the next start: one second, then twice as long each time, at
// most five minutes. The zero value is for the first failure.
type backOff struct {
	failures int
	// chance returns numbers from 0 to below 1; nil is a random source.
	chance func() float64
}

// next returns the wait after a workload that ran for ran has ended.
func (b *backOff) next(ran time.Duration) time.Duration {
	if ran >= lasting {
		b.failures = 0
	}
	wait := longWait
	if b.failures < 9 {
		wait = min(firstWait<<b.failures, longWait)
	}
	b.failures++
	chance := rand.Float64
	if b.chance != nil {
		chance = b.chance
	}
	return wait - time.Duration(jitter*chance()*float64(wait))
}
