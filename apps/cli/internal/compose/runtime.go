package compose

import (
	"log/slog"
	"os"
	"runtime"

	"github.com/thv-secrets/thv/adapters/process"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func newLocal(environ *procenv.Environ, log *logging.Log) *process.Runtime {
	return process.New(process.Config{Environ: environ.ForWorkload(), Logger: log.Logger, Monitor: itself()})
}

// itself returns the path of this executable, whose main function calls Monitor; empty if it
// cannot be determined, for example without /proc.
func itself() string {
	path, err := os.Executable()
	if err == nil && runtime.GOOS == "linux" {
		return "/proc/self/exe" // also once another version is in its place
	}
	return path
}

func newLog(streams *terminal.Streams, g app.Globals) *logging.Log {
	return logging.New(streams.Err, g.Debug)
}

func newLogger(log *logging.Log) *slog.Logger { return log.Logger }

func newKeepOut(log *logging.Log) app.Redactor { return log.KeepOut }
