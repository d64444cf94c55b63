package rotate

import (
	"slices"
	"strings"
	"time"

	"github.com/thv-secrets/thv/core/workload"
)

// Action is the reaction to a changed secret. The zero Action is [Keep].
type Action int

// The actions.
const (
	// Keep leaves the workload unchanged.
	Keep Action = iota
	// Wait leaves the workload unchanged until [Decision.Until]; then decide again.
	Wait
	// Restart restarts the workload with the present values of all its secrets.
	Restart
	// Signal renews the files that hold secrets, and sends [Decision.Signal].
	Signal
)

// Policy is a workload's policy for changed secrets. The zero Policy ignores all changes.
type Policy struct {
	Change workload.SecretChange
	// Spacing is the minimum time between two actions.
	Spacing time.Duration
}

// Next returns the earliest time at which p allows an action after an action at acted. If
// acted is zero, there was no action, and Next returns the zero time.
func (p Policy) Next(acted time.Time) time.Time {
	if acted.IsZero() {
		return time.Time{}
	}
	return acted.Add(p.Spacing)
}

// Situation is the state that a decision depends on. [Decide] does not change it.
type Situation struct {
	// Changed are the targets of changed secrets: names of variables, and absolute paths
	// of files.
	Changed []string
	// Acted is the time of the last action; zero if there was none.
	Acted time.Time
	// NotBefore is the time until which a provider refuses requests; zero if none does.
	NotBefore time.Time
}

// Decision is the result of [Decide].
type Decision struct {
	Action Action
	// Changed is [Situation.Changed] if the Action is Restart or Signal.
	Changed []string
	// Signal is the name of the signal, such as HUP.
	Signal string
	// Kept are the variables among Changed. With Signal they keep their old values, since
	// the environment of a running process cannot be changed.
	Kept []string
	// Until is the time at which to decide again, with Wait.
	Until time.Time
}

// Acts reports whether the Action is Restart or Signal.
func (d Decision) Acts() bool { return d.Action == Restart || d.Action == Signal }

// Decide returns the reaction of a workload with the policy p to the changes in s at the
// time now. A change is not lost by Wait if the caller decides again at
// [Decision.Until] with the same changes.
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

// variables returns the targets that are variables.
func variables(targets []string) []string {
	return slices.DeleteFunc(slices.Clone(targets), func(target string) bool { return strings.HasPrefix(target, "/") })
}
