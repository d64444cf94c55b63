package run

import (
	"context"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/core/access"
)

// GrantMore asks whether a workload that runs may have what its supervisor has refused
// to give it, and remembers that. Yes answers.
func GrantMore(ctx context.Context, a *app.App, refused *access.UngrantedError, yes bool) error {
	one.Lock()
	defer one.Unlock()
	o := options{app: a, yes: yes}
	if err := o.consentTo(ctx, refused.Workload, refused.Image, refused.Items); err != nil {
		return err
	}
	keys := access.Keys(refused.Items)
	if err := a.RunConfigs.Grant(refused.Image, keys); err != nil {
		return err
	}
	return a.RunConfigs.GrantMoreTo(refused.Workload, refused.Image, keys)
}
