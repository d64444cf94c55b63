package docker

import (
	"time"
)

// poll calls done until it returns true, for a minute at most, and reports whether it did.
func poll(done func() bool) bool {
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return false
}
