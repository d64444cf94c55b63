package compose

import (
	"context"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/rotation"
	"github.com/thv-secrets/thv/core/provider"
)

// encryptedStore is the encrypted store. It has no advice for a failure, since doctor checks
// each source of its password.
func encryptedStore() wiring {
	return wiring{
		Descriptor: app.Descriptor{
			Name: app.Encrypted, Scheme: app.EncryptedScheme, Former: []string{"basic", "file", "keyring"},
			Detection: rotation.Watched, Local: true,
		},
		open:  func(o *openers, _ context.Context) (provider.Provider, error) { return o.vault.Store() },
		files: func(o *openers) []string { return []string{string(o.store)} },
	}
}
