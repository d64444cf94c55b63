// Package inject gives a workload its variables and secrets: [Prepare] reads what a
// description names and finds out what it requires, [Prepared.Resolve] asks for consent,
// then the providers, then the user for what is missing; [Explain] says how that would go.
package inject

import (
	"context"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Dialog is how the user is told and asked.
type Dialog interface {
	// Say tells a sentence.
	Say(format string, args ...any)
	// Attended reports whether there is a user to ask.
	Attended() bool
	// Hidden asks for a value without showing it, and Visible for one line.
	Hidden(ctx context.Context, label string) (secret.Value, error)
	Visible(ctx context.Context, label string) (string, error)
}

// Parts are what a workload is prepared and explained with. All are set.
type Parts struct {
	Dialog   Dialog
	Environ  *procenv.Environ
	Resolver *resolve.Resolver
	// Fingerprints opens the installation's Fingerprinter, and makes its key when it
	// is first needed.
	Fingerprints func() (secret.Fingerprinter, error)
	// KeepOutOfLogs masks values in whatever is logged from now on.
	KeepOutOfLogs func([]secret.Value)
	// KeepsNothing reports whether a secret that is stored as a reference is kept
	// nowhere.
	KeepsNothing func(secret.Ref) bool
	// Close ends what providers hold open. What is asked afterwards opens them again.
	Close func()
}
