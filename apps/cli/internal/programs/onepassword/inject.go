//go:build wireinject

package onepassword

import (
	"github.com/google/wire"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

func compose(Options, *terminal.Streams, *app.Environ, secret.Value, Connect) *program {
	panic(wire.Build(set))
}
