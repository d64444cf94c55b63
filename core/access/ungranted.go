package access

import (
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// UngrantedError is a workload that would get what has not been granted to it, and
// gets nothing. It is secret.ErrDenied.
type UngrantedError struct {
	Workload, Image string
	Items           []Item
	// Running is whether a supervisor of the workload could be told to go on, and
	// Starting whether a command that asks has just started it.
	Running, Starting bool
}

// Error names what is not granted, and the command that asks.
func (e *UngrantedError) Error() string {
	advice := "to be asked run: thv start " + e.Workload + " (--yes answers)"
	switch {
	case e.Running:
		advice = "to be asked run: thv restart " + e.Workload + " (--yes answers)"
	case e.Starting:
		advice = "an env file has changed since it was read; run the command again to be asked"
	}
	return fmt.Sprintf("%v: %s of image %s has not been granted: %s; %s", secret.ErrDenied, e.Workload, printable.Quoted(e.Image), List(e.Items), advice)
}

// Unwrap returns secret.ErrDenied.
func (e *UngrantedError) Unwrap() error { return secret.ErrDenied }

// References are the names of what is not granted.
func (e *UngrantedError) References() []string { return Names(e.Items) }

const (
	// MaxListed items, each of maxShown bytes, are in a [List], so that it fits on a
	// screen.
	MaxListed = 10
	maxShown  = 100
)

// List names the first of items, and how many more there are of what kind.
func List(items []Item) string {
	names := Names(items)
	var parts []string
	for _, name := range names[:min(len(names), MaxListed)] {
		parts = append(parts, shortened(printable.Quoted(name)))
	}
	text := strings.Join(parts, ", ")
	if len(names) <= MaxListed {
		return text
	}
	return text + fmt.Sprintf(" and %d more (%s; --dry-run lists all)", len(names)-MaxListed, counted(items, names[MaxListed:]))
}

var counting = []struct {
	kind Kind
	what string
}{
	{Secret, "secrets"}, {Network, "networks"}, {Publish, "addresses"}, {Volume, "volumes"}, {Delivery, "deliveries"}, {Root, "root file systems"},
	{Workdir, "working directories"}, {User, "users"}, {Arguments, "arguments"},
	{File, "env files"}, {Inherited, "variables"}, {Variable, "set variables"}, {Label, "labels"},
}

// counted counts names by what they are, so that no mass of one hides another.
func counted(items []Item, names []string) string {
	kinds := map[string]Kind{}
	for _, item := range items {
		kinds[item.Name] = item.Kind
	}
	counts := map[Kind]int{}
	for _, name := range names {
		counts[kinds[name]]++
	}
	var parts []string
	for _, c := range counting {
		if n := counts[c.kind]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s: %d", c.what, n))
		}
	}
	return strings.Join(parts, ", ")
}

// shortened leaves out the middle of a text that would fill the screen.
func shortened(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown/2], "") + "…" + strings.ToValidUTF8(text[len(text)-maxShown/2:], "")
}
