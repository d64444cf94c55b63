package compose

import (
	"fmt"
	"os"

	"github.com/thv-secrets/thv/adapters/process"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procharden"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/signals"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

// Monitor returns unless this process was started as the monitor of a local process, or by
// a user who wrote a monitor's verb. It comes first in main.
func Monitor(args []string) {
	if err := process.Monitor(args, process.Host{Harden: procharden.DisableDumps, Catch: signals.Notify}); err != nil {
		fmt.Fprintf(os.Stderr, "thv: %s is a process of thv's own, which thv exec starts; see: thv exec --help\n", process.MonitorVerb)
		os.Exit(terminal.ExitUsage)
	}
}
