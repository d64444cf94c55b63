package rotation

import (
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestWatcher_PollsAtTheInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, 0, "op://vault/token")
		f.run(t)
		f.remote.set("vault/token", "two")
		f.advance(DefaultInterval - 2*time.Second)
		f.wantActions(t, 0, "OP___VAULT_TOKEN", "")
		f.advance(2 * time.Second)
		f.wantActions(t, 1, "OP___VAULT_TOKEN", "two")
		before := f.remote.requests()
		f.advance(24 * time.Hour)
		if n := f.remote.requests() - before; n > 96 {
			t.Errorf("got %d requests in a day", n)
		}
	})
}

// A change in the store does not use up the quota of other providers.
func TestWatcher_AsksOnlyTheProvidersThatAreDue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key", "op://vault/token")
		f.run(t)
		before, stored := f.remote.requests(), f.store.requests()
		for range 20 {
			f.store.set("other", time.Now().String())
			f.changeFile()
			f.advance(time.Second)
		}
		if n := f.remote.requests() - before; n != 0 {
			t.Errorf("got %d requests for what did not change, want none", n)
		}
		if n := f.store.requests() - stored; n == 0 {
			t.Error("the store was not read")
		}
		stored = f.store.requests()
		f.advance(3 * time.Hour)
		if n := f.store.requests() - stored; n != 0 {
			t.Errorf("the store was read %d times without a change", n)
		}
	})
}

func TestWatcher_PollsAnUnresponsiveProviderLessAndLess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "op://vault/token")
		f.run(t)
		f.remote.fail(errRateLimit)
		before := f.remote.requests()
		f.advance(24 * time.Hour)
		if n := f.remote.requests() - before; n > 20 || n < 12 {
			t.Errorf("got %d requests in a day", n)
		}
		f.remote.fail(nil)
		f.advance(maxBackoff * 2)
		before = f.remote.requests()
		f.advance(time.Hour)
		if n := f.remote.requests() - before; n < 50 {
			t.Errorf("got %d requests in an hour afterwards", n)
		}
	})
}

// limited is a rate limit that says how long it lasts.
type limited struct{ error }

func (limited) RetryAfter() time.Duration { return 10 * time.Hour }

func (l limited) Unwrap() error { return l.error }

func TestWatcher_WaitsAsLongAsARateLimitSays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "op://vault/token")
		f.run(t)
		f.remote.fail(limited{errRateLimit})
		f.remote.set("vault/token", "two")
		f.advance(2 * time.Minute)
		f.remote.fail(nil)
		before := f.remote.requests()
		f.advance(9 * time.Hour)
		if n := f.remote.requests() - before; n != 0 {
			t.Errorf("got %d requests", n)
		}
		f.advance(2 * time.Hour)
		f.wantActions(t, 1, "OP___VAULT_TOKEN", "two")
	})
}

// If an action needs a provider that refused just now, changes of the store do not ask it
// each time. The change is not lost.
func TestWatcher_DoesNotAskARefusingProviderAtEachChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key", "op://vault/token")
		f.run(t)
		f.remote.fail(errRateLimit)
		before := f.remote.requests()
		for i := range 100 {
			f.store.set("api-key", fmt.Sprint(i))
			f.changeFile()
			f.advance(10 * time.Second)
		}
		if n := f.remote.requests() - before; n != 1 {
			t.Errorf("got %d requests", n)
		}
		f.remote.fail(nil)
		f.advance(maxBackoff)
		f.wantActions(t, 1, "API_KEY", "99")
	})
}

func TestWatcher_PollsIfFilesCannotBeWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		f.cannotWatch(errors.New("no instances are left"))
		f.run(t)
		if f.state().Unwatched == "" {
			t.Error("got no reason in the state, want why files are not watched")
		}
		f.store.set("api-key", "two")
		f.advance(time.Hour)
		f.wantActions(t, 1, "API_KEY", "two")
		f.cannotWatch(nil)
		f.advance(2 * time.Hour) // by then there is a watch again
		if f.state().Unwatched != "" {
			t.Errorf("still %q", f.state().Unwatched)
		}
		f.store.set("api-key", "three")
		f.changeFile()
		f.advance(time.Second)
		f.wantActions(t, 2, "API_KEY", "three")
	})
}

func TestWatcher_PollsAfterTheWatchBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		f.run(t)
		broken := errors.New("no watches are left")
		f.cannotWatch(broken)
		f.changes <- broken
		f.store.set("api-key", "two")
		f.advance(2 * time.Hour)
		f.wantActions(t, 1, "API_KEY", "two")
	})
}
