package e2e

import (
	"testing"
	"time"
)

// await waits until happened returns true.
func (r *rotating) await(t *testing.T, what string, happened func() bool) {
	t.Helper()
	for deadline := time.Now().Add(arrival); !happened(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s does not come; the status is %+v\n%s", what, r.status(t), r.everythingPrinted())
		}
	}
}
