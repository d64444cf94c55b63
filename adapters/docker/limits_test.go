package docker

import (
	"testing"
	"time"
)

func TestLimits_GrowWithTheTimeoutAndAreNotShorterThanUsual(t *testing.T) {
	t.Parallel()
	if got := limitsFor(0); got != defaultLimits {
		t.Errorf("without a timeout: got %v, want %v", got, defaultLimits)
	}
	short := defaultLimits
	short.call = time.Second
	if got := limitsFor(time.Second); got != short {
		t.Errorf("with a second: got %v, want %v", got, short)
	}
	d := defaultLimits
	long := limits{dial: 4 * d.dial, call: 4 * d.call, start: 4 * d.start, pull: 4 * d.pull, create: d.create, end: d.end, drain: d.drain}
	if got := limitsFor(time.Minute); got != long {
		t.Errorf("with a minute: got %v, want %v", got, long)
	}
}
