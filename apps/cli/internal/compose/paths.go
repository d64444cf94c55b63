// Package compose composes the program from the adapters. It is the only package
// of the command that imports them; what it makes opens, asks and reads nothing
// before a verb needs it, the configuration file excepted.
package compose

import (
	"os"
	"path/filepath"
	"runtime"
	"strconv"

	"github.com/adrg/xdg"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/state/fingerprint"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/core/secret"
)

// folder is the name of thv's directory, below each of the platform's base directories.
const folder = "toolhive"

type storePath string

func newConfigPath() app.ConfigPath {
	return app.ConfigPath(filepath.Join(xdg.ConfigHome, folder, "config.yaml"))
}

func newStorePath() storePath {
	return storePath(filepath.Join(xdg.DataHome, folder, "secrets_encrypted"))
}

func loadSettings(path app.ConfigPath, own wirings, g app.Globals) (settings.Settings, error) {
	loaded, err := settings.Load(string(path), own.reserved()...)
	if err != nil && g.IgnoreConfigErrors {
		return settings.Settings{}, nil
	}
	if err != nil {
		return loaded, &secret.UsageError{Err: err}
	}
	return loaded, nil
}

// newFingerprintPath returns a path for the key of fingerprints among the files that are only
// for this machine.
func newFingerprintPath() app.FingerprintPath {
	return app.FingerprintPath(filepath.Join(xdg.StateHome, folder, "fingerprint.key"))
}

func newFingerprints(path app.FingerprintPath) app.Fingerprints {
	return func() (secret.Fingerprinter, error) { return fingerprint.Open(string(path)) }
}

// ownFolder is the directory for run state in folder. ToolHive, which shares folder, writes its
// own statuses and logs there in statuses and logs, and removes locks.
const ownFolder = "thv"

func newStatuses() *status.Store {
	shared := filepath.Join(xdg.DataHome, folder)
	return status.NewMoved(filepath.Join(shared, ownFolder, "statuses"), status.Directories{
		Statuses: filepath.Join(shared, "statuses"),
		Logs:     filepath.Join(shared, "logs"),
	})
}

// newSocketFolders are below the directory that ends with the user's session, if there
// is one, and below the one for temporary files.
func newSocketFolders(environ *procenv.Environ) app.SocketFolders {
	own := folder + "-" + strconv.Itoa(os.Getuid())
	folders := app.SocketFolders{filepath.Join(os.TempDir(), own)}
	if base := runtimeDir(environ); base != "" {
		folders = append(app.SocketFolders{filepath.Join(base, folder)}, folders...)
	}
	if runtime.GOOS != "windows" {
		folders = append(folders, filepath.Join("/tmp", own))
	}
	return folders
}

func newEnginePath() app.EnginePath {
	return func() (string, error) { return siblingExecutable(engineName) }
}

func newRunConfigs() *runconfig.Store {
	return runconfig.New(filepath.Join(xdg.StateHome, folder))
}
