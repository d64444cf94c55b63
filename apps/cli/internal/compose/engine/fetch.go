package engine

import (
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/fetch"
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
)

// Fetch is the Fetcher over HTTP.
func Fetch(app.Globals, *app.Environ) registry.Fetch { return fetch.Over(fetch.DefaultWait) }
