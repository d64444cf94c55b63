package onepassword

import (
	"context"
	"log/slog"

	"github.com/google/wire"

	sdk "github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/adapters/onepassword"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/buildinfo"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/logging"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// Connect makes a client of 1Password's service in place of the SDK.
type Connect func(ctx context.Context, token secret.Value) (*sdk.Client, error)

var set = wire.NewSet(newLogger, newConfig, onepassword.New, wire.Struct(new(program), "*"))

// newLogger logs to standard error, which thv shows with --debug.
func newLogger(streams *terminal.Streams, token secret.Value) *slog.Logger {
	log := logging.New(streams.Err, true)
	log.KeepOut([]secret.Value{token})
	return log.Logger
}

func newConfig(o Options, token secret.Value, connect Connect, log *slog.Logger) onepassword.Config {
	return onepassword.Config{
		Token: token, Vault: o.vault, Timeout: o.timeout, Connect: connect, Logger: log,
		IntegrationName: "thv", IntegrationVersion: buildinfo.Current().Version,
	}
}
