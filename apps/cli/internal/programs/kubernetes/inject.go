//go:build wireinject

package kubernetes

import (
	"github.com/google/wire"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
)

func compose(Options, *terminal.Streams, *procenv.Environ) *program { panic(wire.Build(set)) }
