package wiring

import (
	"path/filepath"

	"github.com/adrg/xdg"

	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/terminal"
)

func newFetch(fetcher Fetcher, g app.Globals, environ *app.Environ) registry.Fetch {
	return fetcher(g, environ)
}

// newRegistry takes a relative path as relative to the configuration file's folder,
// since the current one is another each time.
func newRegistry(s settings.Settings, path app.ConfigPath, fetch registry.Fetch, streams *terminal.Streams) *registry.Source {
	c := registry.Config{
		Path: s.RegistryPath, URL: s.RegistryURL, Cache: filepath.Join(xdg.CacheHome, folder),
		Fetch: fetch, Note: say(streams),
	}
	if c.Path != "" && !filepath.IsAbs(c.Path) {
		c.Path = filepath.Join(filepath.Dir(string(path)), c.Path)
	}
	return registry.New(c)
}
