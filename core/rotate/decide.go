package rotate

import (
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/workload"
)

// Action is what a changed secret does. The zero Action is Keep.
type Action int

// The actions.
const (
	// Keep leaves the workload as it is.
	Keep Action = iota
	// Wait leaves it as it is until Decision.Until, when it is to be decided again.
	Wait
	// Restart starts it again, with all of its secrets as they are then.
	Restart
	// Signal renews the files that hold secrets, and sends Decision.Signal.
	Signal
)

// Policy is what a workload asks for. The zero Policy ignores every change.
type Policy struct {
	Change workload.SecretChange
	// Spacing is the least time between two actions.
	Spacing time.Duration
}

// Next returns the first moment at which p allows an action after one at acted; the zero
// time for the zero acted, which is before any action.
func (p Policy) Next(acted time.Time) time.Time {
	if acted.IsZero() {
		return time.Time{}
	}
	return acted.Add(p.Spacing)
}

// Situation is what is known when it is decided. It is not changed.
type Situation struct {
	// Changed are the targets that hold secrets which have changed: variables, and files
	// by absolute paths.
	Changed []string
	// Acted is the last action; zero for none.
	Acted time.Time
	// NotBefore is when a provider that refused may be asked again; zero for at once.
	NotBefore time.Time
}

// Decision is what to do.
type Decision struct {
	Action Action
	// Changed are those of the Situation, if the Action is Restart or Signal.
	Changed []string
	// Signal is the signal's name, as in HUP.
	Signal string
	// Kept are the variables among Changed, which keep their old values under Signal:
	// nothing changes the environment of what runs.
	Kept []string
	// Until is when to decide again, under Wait.
	Until time.Time
}

// Acts reports whether something is done to the workload.
func (d Decision) Acts() bool { return d.Action == Restart || d.Action == Signal }

// Decide decides what the changes of s do at the time now to a workload that asks for p.
// Nothing is lost while it says Wait, if the same is asked again at Until.
func Decide(now time.Time, s Situation, p Policy) Decision {
	if len(s.Changed) == 0 || p.Change.Ignores() {
		return Decision{}
	}
	until := p.Next(s.Acted)
	if s.NotBefore.After(until) {
		until = s.NotBefore
	}
	if until.After(now) {
		return Decision{Action: Wait, Until: until}
	}
	if p.Change.Restart {
		return Decision{Action: Restart, Changed: s.Changed}
	}
	return Decision{Action: Signal, Changed: s.Changed, Signal: p.Change.Signal, Kept: variables(s.Changed)}
}

// variables returns the targets that are no files.
func variables(targets []string) []string {
	return slices.DeleteFunc(slices.Clone(targets), func(target string) bool { return strings.HasPrefix(target, "/") })
}
