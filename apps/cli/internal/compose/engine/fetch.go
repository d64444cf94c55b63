package engine

import (
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/fetch"
	"github.com/thv-secrets/thv/apps/cli/internal/catalog/registry"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
)

// Fetch is the Fetcher over HTTP.
func Fetch(app.Globals, *procenv.Environ) registry.Fetch { return fetch.Over(fetch.DefaultWait) }
