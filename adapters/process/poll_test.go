package process

import "time"

// poll calls done until it returns true, for two minutes at most, and reports whether it did.
func poll(done func() bool) bool {
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if done() {
			return true
		}
	}
	return false
}
