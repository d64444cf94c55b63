package cluster

import (
	"testing"
	"time"
)

// eventually waits until done returns true. After a long time it fails with done's last message.
func eventually(t *testing.T, what string, done func() (bool, string)) {
	t.Helper()
	last := ""
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		var ok bool
		if ok, last = done(); ok {
			return
		}
	}
	t.Fatalf("waited in vain for %s; last seen:\n%s\n%s", what, last, operatorLog(t))
}
