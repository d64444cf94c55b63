package poll

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestEvery_LooksUntilItIsLeftOrTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		looks, began := 0, time.Now()
		for range Every(time.Second) {
			if looks++; looks == 3 {
				break
			}
		}
		if waited := time.Since(began); looks != 3 || waited != 2*time.Second {
			t.Errorf("left: got %d looks in %v, want 3 in 2s", looks, waited)
		}
		looks, began = 0, time.Now()
		for range Every(time.Second) {
			looks++
		}
		if waited := time.Since(began); looks != 121 || waited != limit {
			t.Errorf("not left: got %d looks in %v, want 121 in %v", looks, waited, limit)
		}
	})
}
