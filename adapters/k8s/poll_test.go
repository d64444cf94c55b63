package k8s

import (
	"testing"
	"time"
)

// eventually waits until done, which the server's caches may put off.
func eventually(t testing.TB, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Fatalf("%s: got nothing of it in a minute", what)
}
