package unlock

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock/unlocktest"
	"github.com/thv-secrets/thv/core/secret"
)

// opensWith is a store that one password opens.
func opensWith(password string) Opens {
	return func(_ context.Context, v secret.Value) (bool, error) { return v.Equal(value(password)), nil }
}

func states(s Diagnosis) (found []State) {
	for _, f := range s.Sources {
		found = append(found, f.State)
	}
	return found
}

func TestSurvey_SaysOfEveryRungWhatItHas(t *testing.T) {
	l := ladder("wrong", having("right"), failing(unlocktest.ErrAbsent), typing("p"))
	got := l.Diagnose(t.Context(), request, opensWith("right"))
	if want := []State{Invalid, Valid, Absent, Absent, Interactive}; !slices.Equal(states(got), want) || !got.Exists {
		t.Errorf("states are %v, want %v", states(got), want)
	}
	for i, want := range []Kind{KindGiven, KindKeyring, KindKeyring, KindFallback, KindPrompt} {
		if got.Sources[i].Kind != want {
			t.Errorf("kind %d is %v", i, got.Sources[i].Kind)
		}
	}
	got = ladder("", unlocktest.NewKeyring(), failing(unlocktest.ErrBroken), typing("")).Diagnose(t.Context(), request, opensWith("right"))
	if want := []State{Empty, Empty, Broken, Absent, Absent}; !slices.Equal(states(got), want) {
		t.Errorf("states are %v, want %v", states(got), want)
	}
	if !errors.Is(got.Sources[2].Err, secret.ErrUnavailable) {
		t.Errorf("a broken source's error is %v", got.Sources[2].Err)
	}
}

func TestSurvey_FindsWhatAnInterruptedChangeLeft(t *testing.T) {
	spare := request
	spare.Spare = []string{"a-next", "a-previous"}
	desktop := &unlocktest.Keyring{Kept: map[string]string{"a": "old", "a-next": "right"}}
	got := ladder("", desktop, failing(unlocktest.ErrAbsent), typing("")).Diagnose(t.Context(), spare, opensWith("right"))
	if want := []State{Empty, Valid, Absent, Absent, Absent}; !slices.Equal(states(got), want) {
		t.Errorf("states are %v, want %v", states(got), want)
	}
}

func TestSurvey_ChangesNothingAndHoldsNoPassword(t *testing.T) {
	desktop := having("canary-right")
	got := ladder("canary-wrong", desktop, unlocktest.NewKeyring(), typing("canary-typed")).Diagnose(t.Context(), request, opensWith("canary-right"))
	if text := fmt.Sprintf("%+v", got); len(desktop.Kept) != 1 || slices.Contains(states(got), Broken) || strings.Contains(text, "canary") {
		t.Errorf("kept %v, survey %s", desktop.Kept, text)
	}
}

// locked is a keyring that says by itself that it is locked, and would have the
// desktop ask where it is asked for a password.
type locked struct {
	unlocktest.Keyring
	asked bool
}

func (l *locked) Check(context.Context) error { return secret.ErrLocked }
func (l *locked) Password(context.Context, string) (secret.Value, error) {
	l.asked = true
	return value("right"), nil
}

func TestSurvey_HasNoLockedKeyringAskItsUser(t *testing.T) {
	desktop := &locked{}
	l := New(Config{Keyrings: []Keyring{{Name: "OS keyring", Source: desktop, Persistent: true}}})
	got := l.Diagnose(t.Context(), request, opensWith("right"))
	if desktop.asked || got.Sources[0].State != Broken || !errors.Is(got.Sources[0].Err, secret.ErrLocked) {
		t.Errorf("asked %v, found %+v", desktop.asked, got.Sources[0])
	}
}

func TestSurvey_WithoutAStoreTriesNothing(t *testing.T) {
	unnamed := request
	unnamed.Account = ""
	got := ladder("given-one", having("os"), failing(unlocktest.ErrBroken), typing("")).Diagnose(t.Context(), unnamed, nil)
	if want := []State{Unverified, Empty, Broken, Absent, Absent}; !slices.Equal(states(got), want) || got.Exists {
		t.Errorf("states are %v, want %v", states(got), want)
	}
}

func TestSurvey_UnreadableStoreIsNoWrongPassword(t *testing.T) {
	corrupt := func(context.Context, secret.Value) (bool, error) { return false, secret.ErrCorrupt }
	got := ladder("", having("right"), unlocktest.NewKeyring(), typing("")).Diagnose(t.Context(), request, corrupt)
	if f := got.Sources[1]; f.State != StoreUnreadable || !errors.Is(f.Err, secret.ErrCorrupt) {
		t.Errorf("found %+v", f)
	}
}

// hanging is a keyring that answers when the test ends.
type hanging struct {
	unlocktest.Keyring
	end chan struct{}
}

func (h *hanging) Password(context.Context, string) (secret.Value, error) {
	<-h.end
	return value("right"), nil
}

func TestSurvey_HangingRungsAreWaitedForSideBySide(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		end := make(chan struct{})
		defer close(end)
		l := New(Config{Keyrings: []Keyring{
			{Name: "one", Source: &hanging{end: end}},
			{Name: "two", Source: &hanging{end: end}},
			{Name: "three", Source: having("right")},
		}})
		// Both waits fit into the time of one, or the context would end them.
		ctx, cancel := context.WithTimeout(t.Context(), diagnoseWait+diagnoseWait/2)
		defer cancel()
		got := l.Diagnose(ctx, request, opensWith("right"))
		if want := []State{Broken, Broken, Valid, Absent}; !slices.Equal(states(got), want) || ctx.Err() != nil {
			t.Errorf("states are %v, want %v; %v", states(got), want, ctx.Err())
		}
	})
}

func TestDecides_IsTheRungThatACommandEndsAt(t *testing.T) {
	for name, c := range map[string]struct {
		ladder *SourceChain
		want   string
		ok     bool
	}{
		"given":                      {ladder("right", having("right"), unlocktest.NewKeyring(), typing("")), "V", true},
		"a wrong given one":          {ladder("wrong", having("right"), unlocktest.NewKeyring(), typing("p")), "V", false},
		"keyring":                    {ladder("", having("right"), unlocktest.NewKeyring(), typing("")), "OS keyring", true},
		"past an outdated one":       {ladder("", having("old"), having("right"), typing("")), "kernel keyring", true},
		"past a broken one":          {ladder("", failing(unlocktest.ErrBroken), having("right"), typing("")), "kernel keyring", true},
		"a person":                   {ladder("", having("old"), unlocktest.NewKeyring(), typing("p")), "the prompt", true},
		"no prompt":                  {ladder("", having("old"), failing(unlocktest.ErrBroken), typing("")), "", false},
		"no prompt, nothing, absent": {ladder("", unlocktest.NewKeyring(), failing(unlocktest.ErrAbsent), typing("")), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			by, ok := c.ladder.Diagnose(t.Context(), request, opensWith("right")).Outcome()
			if by.Source != c.want || ok != c.ok {
				t.Errorf("%q decides, %v", by.Source, ok)
			}
			if key, err := c.ladder.Key(t.Context(), request); by.Source == "V" && key.From != by.Source {
				t.Errorf("a command takes %q, %v", key.From, err)
			}
		})
	}
}

func TestDecides_WithoutAStoreIsTheRungThatMakesIt(t *testing.T) {
	unnamed := request
	unnamed.Account = ""
	for name, c := range map[string]struct {
		ladder *SourceChain
		want   string
		ok     bool
	}{
		"given":                       {ladder("given-one", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("")), "V", true},
		"a lasting keyring":           {ladder("", unlocktest.NewKeyring(), unlocktest.NewKeyring(), typing("")), "OS keyring", true},
		"a broken one ends it":        {ladder("", failing(unlocktest.ErrBroken), unlocktest.NewKeyring(), typing("typed-one")), "OS keyring", false},
		"the kernel keyring does not": {ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("typed-one")), "the prompt", true},
		"no prompt":                   {ladder("", failing(unlocktest.ErrAbsent), unlocktest.NewKeyring(), typing("")), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			by, ok := c.ladder.Diagnose(t.Context(), unnamed, nil).Outcome()
			if by.Source != c.want || ok != c.ok {
				t.Errorf("%q decides, %v", by.Source, ok)
			}
			if _, err := c.ladder.NewKey(t.Context(), unnamed); (err == nil) != ok {
				t.Errorf("NewKey: %v", err)
			}
		})
	}
}
