package wiring

import (
	"github.com/thv-secrets/thv/apps/cli/internal/app"
	"github.com/thv-secrets/thv/apps/cli/internal/rotation"
)

// newNotices knows of each provider how a change is noticed. What is not here tells
// of none, and is asked.
func newNotices(path storePath) app.Notices {
	known := map[string]rotation.Notice{
		encrypted:   rotation.Told,
		environment: rotation.Constant, // this process's own
		none:        rotation.Constant,
	}
	return app.Notices{Store: string(path), Of: func(provider string) rotation.Notice { return known[provider] }}
}
