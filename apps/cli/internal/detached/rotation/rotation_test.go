package rotation

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestWatcher_AppliesAChangedValueAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		f.run(t)
		f.advance(48 * time.Hour)
		f.store.set("api-key", "two")
		f.changeFile()
		f.advance(settleTime)
		f.wantActions(t, 1, "API_KEY", "two")
		if s := f.state(); s.Rotations != 1 || !slices.Equal(names(s.Changed), []string{"API_KEY"}) || s.Failure != nil {
			t.Errorf("%+v", s)
		}
	})
}

// An env file may have gained a reference.
func TestWatcher_AppliesASecretThatWasAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key", "other")
		added := f.secrets
		f.secrets = added[:1]
		f.run(t)
		f.secrets = added
		f.changeFile()
		f.advance(time.Second)
		f.wantActions(t, 1, "OTHER", "x")
	})
}

func TestWatcher_DoesNotActForAnUnchangedValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "api-key", "op://vault/token")
		f.run(t)
		f.store.set("api-key", "one")
		f.store.set("other", "y")
		f.changeFile()
		f.advance(24 * time.Hour)
		f.wantActions(t, 0, "API_KEY", "")
	})
}

func TestWatcher_TreatsABurstAsOneChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "api-key")
		f.run(t)
		for i := range 50 {
			f.store.set("api-key", fmt.Sprint(i))
			f.changeFile()
			f.advance(settleTime / 3)
		}
		f.advance(time.Hour)
		f.wantActions(t, 1, "API_KEY", "49")
	})
}

// Changes that never pause do not put an action off without end, nor cause more than one
// in an interval.
func TestWatcher_ActsAtMostOnceInAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "api-key")
		f.run(t)
		for i := range 20 * 60 {
			f.store.set("api-key", fmt.Sprint(i))
			f.changeFile()
			f.advance(time.Second / 10)
		}
		f.advance(time.Hour)
		f.wantActions(t, 3, "API_KEY", "1199")
		for i := 1; i < len(f.actions); i++ {
			if apart := f.actions[i] - f.actions[i-1]; apart < time.Minute {
				t.Errorf("got two actions %v apart, want a minute or more", apart)
			}
		}
	})
}

func TestWatcher_KeepsTheOldValueIfTheNewOneCannotBeResolved(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want secret.Class
	}{
		"locked": {secret.ErrLocked, secret.ClassLocked}, "corrupt": {secret.ErrCorrupt, secret.ClassCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFixture(t, time.Hour, "api-key")
				f.run(t)
				f.store.fail(c.err)
				f.store.set("api-key", "two")
				f.changeFile()
				f.advance(time.Second)
				f.wantActions(t, 0, "API_KEY", "")
				failure := f.state().Failure
				if failure == nil || failure.Class != c.want || !slices.Equal(failure.References, []string{"api-key"}) || !failure.Next.After(failure.At) {
					t.Fatalf("got the failure %+v", failure)
				}
				f.store.fail(nil)
				f.advance(2 * time.Hour) // and no file reports that
				f.wantActions(t, 1, "API_KEY", "two")
				if f.state().Failure != nil {
					t.Errorf("%+v", f.state().Failure)
				}
			})
		})
	}
}

func TestWatcher_RetriesAtTheNextChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		f.run(t)
		f.store.fail(secret.ErrCorrupt)
		f.changeFile()
		f.advance(time.Minute)
		f.store.fail(nil)
		f.store.set("api-key", "two")
		f.changeFile()
		f.advance(time.Second)
		f.wantActions(t, 1, "API_KEY", "two")
	})
}

// A value that is back as it was clears the failure without an action.
func TestWatcher_ClearsAFailureThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key", "op://vault/token")
		f.run(t)
		f.store.fail(secret.ErrUnavailable)
		f.changeFile()
		f.advance(3 * time.Hour) // in which the others are polled, with success
		if f.state().Failure == nil {
			t.Fatal("got no failure after a success elsewhere, want the failure to stay")
		}
		f.store.fail(nil)
		f.changeFile()
		f.advance(time.Second)
		if f.state().Failure != nil {
			t.Errorf("%+v", f.state().Failure)
		}
		f.wantActions(t, 0, "API_KEY", "")
	})
}

func TestWatcher_RetriesAFailedAction(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "api-key")
		f.run(t)
		f.applyErr = errApply
		f.store.set("api-key", "two")
		f.changeFile()
		f.advance(time.Second)
		if failure := f.state().Failure; failure == nil || failure.Class != secret.ClassOther || f.state().Rotations != 0 {
			t.Errorf("got the failure %+v", failure)
		}
		f.mu.Lock()
		f.applyErr = nil
		f.mu.Unlock()
		f.advance(2 * time.Minute)
		f.wantActions(t, 2, "API_KEY", "two")
	})
}

func TestWatcher_ChecksAgainIfTheWorkloadIsBeingStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		f.run(t)
		f.applyErr = fmt.Errorf("not now: %w", ErrStarting)
		f.store.set("api-key", "two")
		f.changeFile()
		f.advance(time.Second)
		all, err := f.resolveAll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.watcher.Started(all.Snapshot)
		f.mu.Lock()
		f.applyErr, f.actions = nil, nil
		f.mu.Unlock()
		f.advance(24 * time.Hour)
		f.wantActions(t, 0, "API_KEY", "")
		if f.state().Failure != nil {
			t.Errorf("%+v", f.state().Failure)
		}
	})
}

// What the workload got by another restart is not a change.
func TestWatcher_TakesNoNoticeOfValuesFromAnotherRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Minute, "api-key", "op://vault/token")
		f.run(t)
		f.store.set("api-key", "two")
		f.remote.set("vault/token", "two")
		all, err := f.resolveAll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.watcher.Started(all.Snapshot)
		f.changeFile()
		f.advance(24 * time.Hour)
		f.wantActions(t, 0, "API_KEY", "")
	})
}

func TestWatcher_DetectsAChangeBeforeItWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFixture(t, time.Hour, "api-key")
		all, err := f.resolveAll(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		f.watcher.Started(all.Snapshot)
		f.store.set("api-key", "two")
		go f.watcher.Run(t.Context())
		f.advance(time.Second)
		f.wantActions(t, 1, "API_KEY", "two")
	})
}
