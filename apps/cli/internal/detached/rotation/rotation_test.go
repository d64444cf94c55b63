package rotation

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestWatcher_GivesAChangedValueAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		r.run(t)
		r.after(48 * time.Hour)
		r.store.set("api-key", "two")
		r.tell()
		r.after(quiet)
		r.acted(t, 1, "API_KEY", "two")
		if s := r.state(); s.Rotations != 1 || !slices.Equal(names(s.Changed), []string{"API_KEY"}) || s.Failure != nil {
			t.Errorf("%+v", s)
		}
	})
}

// An env file may have gained a reference.
func TestWatcher_GivesASecretThatWasAdded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key", "other")
		added := r.subjects
		r.subjects = added[:1]
		r.run(t)
		r.subjects = added
		r.tell()
		r.after(time.Second)
		r.acted(t, 1, "OTHER", "x")
	})
}

func TestWatcher_ActsForNoValueThatIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "api-key", "op://vault/token")
		r.run(t)
		r.store.set("api-key", "one")
		r.store.set("other", "y")
		r.tell()
		r.after(24 * time.Hour)
		r.acted(t, 0, "API_KEY", "")
	})
}

func TestWatcher_TakesABurstForOneChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "api-key")
		r.run(t)
		for i := range 50 {
			r.store.set("api-key", fmt.Sprint(i))
			r.tell()
			r.after(quiet / 3)
		}
		r.after(time.Hour)
		r.acted(t, 1, "API_KEY", "49")
	})
}

// Changes that never pause are no reason to wait without an end, and those that come too
// often none to act more often than once in an interval.
func TestWatcher_ActsAtMostOnceInAnInterval(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "api-key")
		r.run(t)
		for i := range 20 * 60 {
			r.store.set("api-key", fmt.Sprint(i))
			r.tell()
			r.after(time.Second / 10)
		}
		r.after(time.Hour)
		r.acted(t, 3, "API_KEY", "1199")
		for i := 1; i < len(r.acts); i++ {
			if apart := r.acts[i] - r.acts[i-1]; apart < time.Minute {
				t.Errorf("two actions are %v apart", apart)
			}
		}
	})
}

func TestWatcher_AsksAtTheIntervalWhatTellsOfNoChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, "op://vault/token")
		r.run(t)
		r.remote.set("vault/token", "two")
		r.after(DefaultInterval - 2*time.Second)
		r.acted(t, 0, "OP___VAULT_TOKEN", "")
		r.after(2 * time.Second)
		r.acted(t, 1, "OP___VAULT_TOKEN", "two")
		before := r.remote.questions()
		r.after(24 * time.Hour)
		if n := r.remote.questions() - before; n > 96 {
			t.Errorf("%d questions in a day", n)
		}
	})
}

// A change in the store is no reason to use up the quota of who has the others.
func TestWatcher_AsksOnlyWhoseTurnItIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key", "op://vault/token")
		r.run(t)
		before, stored := r.remote.questions(), r.store.questions()
		for range 20 {
			r.store.set("other", time.Now().String())
			r.tell()
			r.after(time.Second)
		}
		if n := r.remote.questions() - before; n != 0 {
			t.Errorf("%d questions for what did not change", n)
		}
		if n := r.store.questions() - stored; n == 0 {
			t.Error("the store was not read")
		}
		stored = r.store.questions()
		r.after(3 * time.Hour)
		if n := r.store.questions() - stored; n != 0 {
			t.Errorf("the store was read %d times without a change", n)
		}
	})
}

func TestWatcher_KeepsTheOldValueWhereTheNewOneCannotBeHad(t *testing.T) {
	for name, c := range map[string]struct {
		err  error
		want secret.Class
	}{
		"locked": {secret.ErrLocked, secret.ClassLocked}, "corrupt": {secret.ErrCorrupt, secret.ClassCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := newRig(t, time.Hour, "api-key")
				r.run(t)
				r.store.fail(c.err)
				r.store.set("api-key", "two")
				r.tell()
				r.after(time.Second)
				r.acted(t, 0, "API_KEY", "")
				f := r.state().Failure
				if f == nil || f.Class != c.want || !slices.Equal(f.References, []string{"api-key"}) || !f.Next.After(f.At) {
					t.Fatalf("%+v", f)
				}
				r.store.fail(nil)
				r.after(2 * time.Hour) // and nothing tells of that
				r.acted(t, 1, "API_KEY", "two")
				if r.state().Failure != nil {
					t.Errorf("%+v", r.state().Failure)
				}
			})
		})
	}
}

func TestWatcher_TriesAgainAtTheNextChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		r.run(t)
		r.store.fail(secret.ErrCorrupt)
		r.tell()
		r.after(time.Minute)
		r.store.fail(nil)
		r.store.set("api-key", "two")
		r.tell()
		r.after(time.Second)
		r.acted(t, 1, "API_KEY", "two")
	})
}

// A value that is back as it was clears the failure without an action.
func TestWatcher_ForgetsAFailureThatIsOver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key", "op://vault/token")
		r.run(t)
		r.store.fail(secret.ErrUnavailable)
		r.tell()
		r.after(3 * time.Hour) // in which the others are asked, with success
		if r.state().Failure == nil {
			t.Fatal("got no failure after a success elsewhere, want the failure to stay")
		}
		r.store.fail(nil)
		r.tell()
		r.after(time.Second)
		if r.state().Failure != nil {
			t.Errorf("%+v", r.state().Failure)
		}
		r.acted(t, 0, "API_KEY", "")
	})
}

func TestWatcher_AsksLessAndLessWhoDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "op://vault/token")
		r.run(t)
		r.remote.fail(errRateLimit)
		before := r.remote.questions()
		r.after(24 * time.Hour)
		if n := r.remote.questions() - before; n > 20 || n < 12 {
			t.Errorf("%d questions in a day", n)
		}
		r.remote.fail(nil)
		r.after(mostBackoff * 2)
		before = r.remote.questions()
		r.after(time.Hour)
		if n := r.remote.questions() - before; n < 50 {
			t.Errorf("%d questions in an hour afterwards", n)
		}
	})
}

// limited is a rate limit that says how long it lasts.
type limited struct{ error }

func (limited) RetryAfter() time.Duration { return 10 * time.Hour }
func (l limited) Unwrap() error           { return l.error }

func TestWatcher_AsksNobodyBeforeHeWantsToBeAsked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "op://vault/token")
		r.run(t)
		r.remote.fail(limited{errRateLimit})
		r.remote.set("vault/token", "two")
		r.after(2 * time.Minute)
		r.remote.fail(nil)
		before := r.remote.questions()
		r.after(9 * time.Hour)
		if n := r.remote.questions() - before; n != 0 {
			t.Errorf("%d questions", n)
		}
		r.after(2 * time.Hour)
		r.acted(t, 1, "OP___VAULT_TOKEN", "two")
	})
}

// Where the whole of the values needs a provider that just refused, changes of the
// store do not ask it again and again; the change is not lost.
func TestWatcher_SparesARefusingProviderAlsoAtAChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key", "op://vault/token")
		r.run(t)
		r.remote.fail(errRateLimit)
		before := r.remote.questions()
		for i := range 100 {
			r.store.set("api-key", fmt.Sprint(i))
			r.tell()
			r.after(10 * time.Second)
		}
		if n := r.remote.questions() - before; n != 1 {
			t.Errorf("%d questions", n)
		}
		r.remote.fail(nil)
		r.after(mostBackoff)
		r.acted(t, 1, "API_KEY", "99")
	})
}

func TestWatcher_FallsBackToTheIntervalWhereNothingIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		r.cannotWatch(errors.New("no instances are left"))
		r.run(t)
		if r.state().Unwatched == "" {
			t.Error("it is not said")
		}
		r.store.set("api-key", "two")
		r.after(time.Hour)
		r.acted(t, 1, "API_KEY", "two")
		r.cannotWatch(nil)
		r.after(2 * time.Hour) // by then there is a watch again
		if r.state().Unwatched != "" {
			t.Errorf("still %q", r.state().Unwatched)
		}
		r.store.set("api-key", "three")
		r.tell()
		r.after(time.Second)
		r.acted(t, 2, "API_KEY", "three")
	})
}

func TestWatcher_FallsBackWhenTheWatchBreaks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		r.run(t)
		broken := errors.New("no watches are left")
		r.cannotWatch(broken)
		r.changes <- broken
		r.store.set("api-key", "two")
		r.after(2 * time.Hour)
		r.acted(t, 1, "API_KEY", "two")
	})
}

func TestWatcher_TriesAnActionAgainThatFailed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "api-key")
		r.run(t)
		r.applyErr = errApply
		r.store.set("api-key", "two")
		r.tell()
		r.after(time.Second)
		if f := r.state().Failure; f == nil || f.Class != secret.ClassOther || r.state().Rotations != 0 {
			t.Errorf("%+v", f)
		}
		r.mu.Lock()
		r.applyErr = nil
		r.mu.Unlock()
		r.after(2 * time.Minute)
		r.acted(t, 2, "API_KEY", "two")
	})
}

func TestWatcher_LooksAgainWhereTheWorkloadIsBeingStarted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		r.run(t)
		r.applyErr = fmt.Errorf("not now: %w", ErrAgain)
		r.store.set("api-key", "two")
		r.tell()
		r.after(time.Second)
		all, err := r.renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.watcher.Started(all.Reading)
		r.mu.Lock()
		r.applyErr, r.acts = nil, nil
		r.mu.Unlock()
		r.after(24 * time.Hour)
		r.acted(t, 0, "API_KEY", "")
		if r.state().Failure != nil {
			t.Errorf("%+v", r.state().Failure)
		}
	})
}

// What the workload has got by another restart is no change.
func TestWatcher_KnowsWhatTheWorkloadWasStartedWith(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Minute, "api-key", "op://vault/token")
		r.run(t)
		r.store.set("api-key", "two")
		r.remote.set("vault/token", "two")
		all, err := r.renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.watcher.Started(all.Reading)
		r.tell()
		r.after(24 * time.Hour)
		r.acted(t, 0, "API_KEY", "")
	})
}

func TestWatcher_NoticesWhatChangedBeforeItWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, time.Hour, "api-key")
		all, err := r.renew(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		r.watcher.Started(all.Reading)
		r.store.set("api-key", "two")
		go r.watcher.Run(t.Context())
		r.after(time.Second)
		r.acted(t, 1, "API_KEY", "two")
	})
}
