package engine

import (
	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/registry/fetch"
)

// Fetch is the Fetcher over HTTP.
func Fetch(app.Globals, *app.Environ) registry.Fetch { return fetch.Over(fetch.DefaultWait) }
