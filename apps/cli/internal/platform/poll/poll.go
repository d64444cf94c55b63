// Package poll waits in tests for what no channel tells: a file, a process, the
// state of a container. A linter keeps time.Sleep out of tests, and poll out of
// everything else.
package poll

import "time"

// limit is far more than anything waited for takes on a busy machine.
const limit = 2 * time.Minute

// Every is for a range statement whose body checks once, and leaves the loop when it
// has seen what it waits for; a pause follows each check. The loop ends after two
// minutes, and the statement after it fails the test.
func Every(pause time.Duration) func(yield func() bool) { return within(limit, pause) }

func within(limit, pause time.Duration) func(yield func() bool) {
	return func(yield func() bool) {
		for deadline := time.Now().Add(limit); yield() && time.Now().Before(deadline); time.Sleep(pause) {
		}
	}
}
