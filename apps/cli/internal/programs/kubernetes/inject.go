//go:build wireinject

package kubernetes

import (
	"github.com/google/wire"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func compose(Options, *terminal.Streams, *app.Environ) *program { panic(wire.Build(set)) }
