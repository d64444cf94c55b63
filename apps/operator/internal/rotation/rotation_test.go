package rotation_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/operator/internal/rotation"
	"github.com/thv-secrets/thv/core/secret"
)

// source is a Secret that can be changed.
type source struct {
	reads   atomic.Int64
	version string
	values  map[string]string
	err     error
	slow    chan struct{}
}

func (s *source) Read(context.Context, string, string) (string, map[string]secret.Value, error) {
	s.reads.Add(1)
	if s.slow != nil {
		<-s.slow
	}
	values := map[string]secret.Value{}
	for key, value := range s.values {
		values[key] = secret.NewValue([]byte(value))
	}
	return s.version, values, s.err
}

var now = time.Date(2026, 1, 2, 3, 4, 5, 6, time.UTC)

func store(t *testing.T, s *source) *rotation.Store {
	t.Helper()
	made, err := rotation.New(rotation.Config{Reader: s, Key: bytes.Repeat([]byte{1}, 32), Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func of(t *testing.T, s *rotation.Store, version string) map[string]rotation.Fingerprint {
	t.Helper()
	fingerprints, err := s.Of(t.Context(), "ns", "keys", version)
	if err != nil {
		t.Fatal(err)
	}
	return fingerprints
}

func TestStore_ReadsEachVersionOnceForAll(t *testing.T) {
	src := &source{version: "7", values: map[string]string{"K": "v"}, slow: make(chan struct{})}
	s := store(t, src)
	var all sync.WaitGroup
	for range 500 {
		all.Go(func() { of(t, s, "7") })
	}
	close(src.slow)
	all.Wait()
	of(t, s, "7")
	if n := src.reads.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
}

// A watch may lag behind reads: neither the requested version nor the newer one that
// was returned is read again.
func TestStore_NewerThanAskedForIsNotReadAgain(t *testing.T) {
	src := &source{version: "8", values: map[string]string{"K": "v"}}
	s := store(t, src)
	of(t, s, "7")
	of(t, s, "7")
	of(t, s, "8")
	if n := src.reads.Load(); n != 1 {
		t.Errorf("%d reads", n)
	}
	of(t, s, "9")
	if n := src.reads.Load(); n != 2 {
		t.Errorf("%d reads", n)
	}
}

func TestStore_TellsWhenAValueChanged(t *testing.T) {
	src := &source{version: "1", values: map[string]string{"K": "v", "L": "v"}}
	s := store(t, src)
	before := of(t, s, "1")
	if !before["K"].Since.IsZero() || before["K"].Hash == before["L"].Hash {
		t.Errorf("%+v", before)
	}
	src.version, src.values = "2", map[string]string{"K": "w", "L": "v", "M": "new"}
	after := of(t, s, "2")
	if after["L"] != before["L"] || after["K"].Hash == before["K"].Hash || !after["K"].Since.Equal(now.Truncate(time.Second)) || after["M"].Since.IsZero() {
		t.Errorf("%+v", after)
	}
}

func TestStore_KeepsNoFailureAndNoValue(t *testing.T) {
	src := &source{version: "1", values: map[string]string{"K": "canary-value"}, err: fmt.Errorf("%w: no", secret.ErrDenied)}
	s := store(t, src)
	if _, err := s.Of(t.Context(), "ns", "keys", "1"); !errors.Is(err, secret.ErrDenied) {
		t.Error(err)
	}
	src.err = nil
	of(t, s, "1")
	if text := fmt.Sprintf("%+v %#v", s, s); strings.Contains(text, "canary-value") {
		t.Error(text)
	}
}

func TestStore_FingerprintsAreKeyed(t *testing.T) {
	src := &source{version: "1", values: map[string]string{"K": "v"}}
	other, err := rotation.New(rotation.Config{Reader: src, Key: bytes.Repeat([]byte{2}, 32), Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	s := store(t, src)
	if of(t, s, "1")["K"] == of(t, other, "1")["K"] || s.KeyID() == other.KeyID() {
		t.Error("another key makes the same fingerprint")
	}
	if _, err := rotation.New(rotation.Config{Reader: src, Key: []byte("short")}); err == nil {
		t.Error("a short key is taken")
	}
}

func seen(key string, pairs ...string) rotation.Observed {
	o := rotation.Observed{KeyID: key, Refs: map[string]string{}}
	for i := 0; i < len(pairs); i += 2 {
		o.Refs[pairs[i]] = pairs[i+1]
	}
	return o
}

func TestDecide_TableOfRestarts(t *testing.T) {
	old, changed := seen("k", "s/K", "1"), seen("k", "s/K", "2")
	restart, none := rotation.Policy{Restart: true, Interval: time.Minute}, rotation.Policy{Interval: time.Minute}
	live := rotation.Live{Token: old.Token(), Observed: old}
	recent := live
	recent.RotatedAt = now.Add(-20 * time.Second)
	foreign := rotation.Live{Token: "other-123", Observed: seen("other", "s/K", "9")}
	adopted := rotation.Live{Token: "other-123", Observed: old}
	for what, c := range map[string]struct {
		current  rotation.Observed
		live     rotation.Live
		policy   rotation.Policy
		token    string
		restarts bool
		after    time.Duration
	}{
		"nothing there":         {old, rotation.Live{}, restart, old.Token(), false, 0},
		"the same":              {old, live, restart, old.Token(), false, 0},
		"changed":               {changed, live, restart, changed.Token(), true, 0},
		"changed, too soon":     {changed, recent, restart, old.Token(), false, 40 * time.Second},
		"changed, None":         {changed, live, none, old.Token(), false, 0},
		"replaced anyway":       {changed, recent, rotation.Policy{Replaced: true}, changed.Token(), false, 0},
		"another key":           {changed, foreign, restart, "other-123", false, 0},
		"adopted, the same":     {old, adopted, restart, "other-123", false, 0},
		"adopted, then changed": {changed, adopted, restart, changed.Token(), true, 0},
		// The secret changed while the policy did not restart the pods.
		"observed, not acted on": {changed, rotation.Live{Token: old.Token(), Observed: changed}, restart, changed.Token(), true, 0},
	} {
		d := rotation.Decide(now, c.current, c.live, c.policy)
		if d.Token != c.token || (len(d.Changed) > 0) != c.restarts || d.RetryAfter != c.after {
			t.Errorf("%s: %+v", what, d)
		}
	}
}

func TestObserved_IsReadBack(t *testing.T) {
	o := seen("k", "s/K", "1", "s/L", rotation.Missing)
	if got := rotation.ParseObserved(o.String()); got.Token() != o.Token() || len(got.Changed(o)) != 0 {
		t.Errorf("%+v", got)
	}
	for _, text := range []string{"", "x", "[]", "null"} {
		if got := rotation.ParseObserved(text); got.KeyID != "" || len(got.Refs) != 0 {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got := seen("k", "s/K", "2", "s/N", "1").Changed(o); len(got) != 1 || got[0] != "s/K" {
		t.Errorf("%q", got)
	}
}
