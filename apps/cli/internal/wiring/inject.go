//go:build wireinject

package wiring

import (
	"github.com/google/wire"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
)

func compose(app.Globals, *terminal.Streams, *app.Environ, Engine, Fetcher) (*app.App, error) {
	panic(wire.Build(set))
}
