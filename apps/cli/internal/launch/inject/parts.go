// Package inject provides a workload's variables and secrets: [Prepare] reads the files and
// variables of a description and determines its requirements, [Prepared.Resolve] asks for
// consent, then the providers, then the user for missing values; [Explain] reports the result
// without a run.
package inject

import (
	"context"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Dialog reports to the user and asks questions.
type Dialog interface {
	// Say tells a sentence.
	Say(format string, args ...any)
	// Attended reports whether there is a user to ask.
	Attended() bool
	// Hidden asks for a value without showing it, and Visible for one line.
	Hidden(ctx context.Context, label string) (secret.Value, error)
	Visible(ctx context.Context, label string) (string, error)
}

// Parts are the dependencies of this package. All fields are required.
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
	// Close closes the open providers. They are opened again if they are needed.
	Close func()
}
