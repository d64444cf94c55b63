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
	// lasting is how long a workload runs that counts as started.
	lasting = time.Minute
	// jitter is how much of a wait is left to chance, so that workloads which
	// ended together do not start together.
	jitter = 0.25
)

// backOff says how long to wait before the next start: a second, then twice as
// long each time, five minutes at most. Its zero value is that of a first failure.
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
