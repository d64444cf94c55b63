package compose_test

import "time"

// quiet waits until the operator has not written for a while, and returns how much
// it has written until then.
func (s *fixture) quiet() int {
	s.t.Helper()
	last, since := -1, time.Now()
	for time.Since(since) < 1500*time.Millisecond {
		if n := len(s.wire.written()); n != last {
			last, since = n, time.Now()
		}
		time.Sleep(25 * time.Millisecond)
	}
	return last
}

func (s *fixture) eventually(what string, done func() bool, last ...*string) {
	s.t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	for !done() {
		if time.Now().After(deadline) {
			for _, text := range last {
				what += "; it is " + *text
			}
			s.t.Fatalf("%s: not so after a long time", what)
		}
		time.Sleep(25 * time.Millisecond)
	}
}

// silent checks that the operator comes to rest: that a second passes without a write. On a
// busy machine the last write of a change may come later than after has it, so that this
// has some tries; what writes again and again has none without.
func (s *fixture) silent(after int) {
	s.t.Helper()
	var writes []string
	for range 5 {
		time.Sleep(time.Second)
		if writes = s.wire.written(); len(writes) <= after {
			return
		}
		writes, after = writes[after:], s.quiet()
	}
	s.t.Errorf("it goes on writing, though nothing has changed: %q", writes)
}
