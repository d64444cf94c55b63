package access

import (
	"fmt"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/secret"
)

// UngrantedError is the refusal to start or change a workload that would get items which
// have not been granted. It wraps [secret.ErrDenied].
type UngrantedError struct {
	Workload, Image string
	Items           []Item
	// Running is true if the workload has a supervisor that can continue after a grant.
	// Starting is true if a command that can ask the user has just started it.
	Running, Starting bool
}

// Error returns the items that are not granted, and the command that asks for them.
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

// References returns the names of the items that are not granted.
func (e *UngrantedError) References() []string { return Names(e.Items) }

const (
	// MaxListed is the maximum number of items in a [List], each with at most maxShown
	// bytes, so that it fits on a screen.
	MaxListed = 10
	maxShown  = 100
)

// List returns the names of the first items, and the numbers of the others by kind.
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

// counted returns the numbers of names by kind, so that many of one kind do not hide
// another kind.
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

// shortened omits the middle of a long text.
func shortened(text string) string {
	if len(text) <= maxShown {
		return text
	}
	return strings.ToValidUTF8(text[:maxShown/2], "") + "…" + strings.ToValidUTF8(text[len(text)-maxShown/2:], "")
}
