package compose

import (
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/terminal"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
)

func newFetch(fetcher Fetcher, g app.Globals, environ *procenv.Environ) registry.Fetch {
	return fetcher(g, environ)
}

// newRegistry resolves a relative path from the configuration file's directory, since
// the working directory differs between runs.
func newRegistry(s settings.Settings, path app.ConfigPath, fetch registry.Fetch, streams *terminal.Streams) *registry.Source {
	c := registry.Config{
		Path: fromFolder(path, s.RegistryPath), API: s.RegistryAPIURL, URL: s.RegistryURL, LocalPath: fromFolder(path, s.LocalRegistryPath),
		Cache: filepath.Join(xdg.CacheHome, folder),
		Fetch: fetch, Note: say(streams),
	}
	return registry.New(c)
}

func fromFolder(configuration app.ConfigPath, path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(string(configuration)), path)
}
