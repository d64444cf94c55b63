package wiring

import (
	"log/slog"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/process"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
)

func newLocal(environ *app.Environ, log *logging.Log) *process.Runtime {
	return process.New(process.Config{Environ: environ.ForWorkload(), Logger: log.Logger})
}

func newLog(streams *terminal.Streams, g app.Globals) *logging.Log {
	return logging.New(streams.Err, g.Debug)
}

func newLogger(log *logging.Log) *slog.Logger { return log.Logger }

func newKeepOut(log *logging.Log) app.KeepOut { return log.KeepOut }
