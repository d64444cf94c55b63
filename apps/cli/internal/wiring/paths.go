// Package wiring composes the program from the adapters. It is the only package
// of the command that imports them; what it makes opens, asks and reads nothing
// before a verb needs it, the configuration file excepted.
package wiring

import (
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/fingerprint"
	"github.com/thv-secrets/thv/apps/cli/internal/runconfig"
	"github.com/thv-secrets/thv/apps/cli/internal/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
	"github.com/thv-secrets/thv/core/secret"
)

// folder is where thv keeps its files, below each of the platform's base
// folders.
const folder = "toolhive"

type storePath string

func newConfigPath() app.ConfigPath {
	return app.ConfigPath(filepath.Join(xdg.ConfigHome, folder, "config.yaml"))
}

func newStorePath() storePath {
	return storePath(filepath.Join(xdg.DataHome, folder, "secrets_encrypted"))
}

func loadSettings(path app.ConfigPath, g app.Globals) (settings.Settings, error) {
	loaded, err := settings.Load(string(path))
	if err != nil && g.PassBadConfig {
		return settings.Settings{}, nil
	}
	if err != nil {
		return loaded, &terminal.UsageError{Err: err}
	}
	return loaded, nil
}

// newFingerprintPath keeps the key of fingerprints among what is only of this
// machine.
func newFingerprintPath() app.FingerprintPath {
	return app.FingerprintPath(filepath.Join(xdg.StateHome, folder, "fingerprint.key"))
}

func newFingerprints(path app.FingerprintPath) app.Fingerprints {
	return func() (secret.Fingerprinter, error) { return fingerprint.Open(string(path)) }
}

func newRunConfigs() *runconfig.Store {
	return runconfig.New(filepath.Join(xdg.StateHome, folder))
}
