package compose

import (
	"log/slog"

	"github.com/google/wire"

	"github.com/thv-secrets/thv/adapters/process"
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
)

var set = wire.NewSet(
	newConfigPath, newStorePath, loadSettings, newConfigNotes,
	newLog, newLogger, newKeepOut,
	newKeyringConfig, newSourceChain, newStoreConfig, newRecovers, vault.New,
	newPrograms, wire.Struct(new(openers), "*"), newClose, newFingerprintPath, newFingerprints, newRunConfigs,
	newUnlocked, newStatuses, newSocketFolders, newEnginePath,
	newProviders, newChain, newSchemes, newResolver,
	newLocal, wire.Bind(new(app.Local), new(*process.Runtime)),
	newContainer, newFetch, newRegistry,
	wire.Struct(new(app.App), "*"),
)

// Engine makes the opener of the container engine: Handover, or that of an
// executable which has a client built in.
type Engine func(app.Globals, *procenv.Environ, *slog.Logger) app.ContainerOpener

// Fetcher makes what asks for a registry's address: HandoverFetch, or that of an
// executable which has an HTTP client built in.
type Fetcher func(app.Globals, *procenv.Environ) registry.Fetch

// Compose returns what composes the program with an engine and an HTTP client.
func Compose(engine Engine, fetcher Fetcher) app.Compose {
	return composeWith(engine, fetcher, builtin())
}

// composeWith is Compose with the providers own in place of thv's.
func composeWith(engine Engine, fetcher Fetcher, own wirings) app.Compose {
	return func(g app.Globals, s *terminal.Streams, e *procenv.Environ) (*app.App, error) {
		return compose(g, s, e.Withholding(own.unlocking()...), engine, fetcher, own)
	}
}

func newContainer(engine Engine, g app.Globals, environ *procenv.Environ, log *slog.Logger) app.ContainerOpener {
	return engine(g, environ, log)
}
