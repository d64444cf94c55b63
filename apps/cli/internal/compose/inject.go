//go:build wireinject

package compose

import (
	"github.com/google/wire"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func compose(app.Globals, *terminal.Streams, *procenv.Environ, Engine, Fetcher, wirings) (*app.App, error) {
	panic(wire.Build(set))
}
