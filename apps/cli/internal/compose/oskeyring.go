package compose

import (
	"context"

	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// osKeyring is the keyring of the desktop.
func osKeyring() wiring {
	return wiring{
		Descriptor: app.Descriptor{
			Name: "keyring", Scheme: "keyring", SchemeOnly: true, Local: true,
			Advice: map[secret.Class]string{secret.ClassLocked: unlock.DesktopCommand()},
		},
		open: func(o *openers, _ context.Context) (provider.Provider, error) {
			return keyring.NewProvider(o.rings), nil
		},
	}
}
