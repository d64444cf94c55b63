package filelock

import (
	"os"
	"strings"
	"testing"
	"time"
)

// waited returns once a process waits for the lock on path, or at once if this system
// does not tell: then the order is left to chance, and either passes.
func waited(t *testing.T, path string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		locks, err := os.ReadFile("/proc/locks")
		if err != nil {
			return
		}
		if strings.Contains(string(locks), "-> FLOCK") {
			return
		}
	}
	t.Errorf("got no process that waits for %s", path)
}
