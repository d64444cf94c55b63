package doctor

import (
	"testing"
	"time"
)

func TestAfter_ClockBehindTheLastWriteIsAFailure(t *testing.T) {
	then := time.Date(2026, 11, 24, 13, 0, 0, 0, time.UTC)
	for behind, want := range map[time.Duration]status{
		-24 * time.Hour: ok, 0: ok, skew: ok, skew + time.Second: failure, 20 * 365 * 24 * time.Hour: failure,
	} {
		got := after("store", "the store was written", then, then.Add(-behind))
		if got.Status != want || (got.Fix != "") != (want == failure) {
			t.Errorf("%v behind: %+v", behind, got)
		}
	}
}

func TestSynchronisation_UnknownIsSkippedAndBadIsAWarning(t *testing.T) {
	for _, c := range []struct {
		known, good bool
		want        status
	}{{false, false, skipped}, {true, false, warning}, {true, true, ok}} {
		if got := synchronisation(c.known, c.good); got.Status != c.want || (got.Fix != "") != (c.want == warning) {
			t.Errorf("known %v, good %v: %+v", c.known, c.good, got)
		}
	}
}
