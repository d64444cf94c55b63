package supervisor

import (
	"testing"
	"time"
)

func TestBackOff_DoublesUpToFiveMinutes(t *testing.T) {
	b := backOff{chance: func() float64 { return 0 }}
	for i, want := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		if got := b.next(time.Second); got != want*time.Second {
			t.Errorf("wait %d is %v, want %v", i, got, want*time.Second)
		}
	}
	if got := b.next(lasting); got != firstWait {
		t.Errorf("after it ran for long: %v", got)
	}
	for range 100000 {
		b.next(0) // and never overflows
	}
}

func TestBackOff_LeavesAPartToChance(t *testing.T) {
	var b backOff
	for range 1000 {
		b.failures = 3
		if got := b.next(0); got <= 6*time.Second || got > 8*time.Second {
			t.Fatal(got)
		}
	}
}
