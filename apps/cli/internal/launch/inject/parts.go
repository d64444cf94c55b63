package inject

import (
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Parts are what a workload is prepared and explained with. All are set.
type Parts struct {
	Streams  *terminal.Streams
	Output   terminal.Format
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
