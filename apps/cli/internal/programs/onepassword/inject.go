//go:build wireinject

package onepassword

import (
	"github.com/google/wire"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"

	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

func compose(Options, *terminal.Streams, *procenv.Environ, secret.Value, Connect) *program {
	panic(wire.Build(set))
}
