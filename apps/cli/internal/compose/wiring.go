package compose

import (
	"context"
	"maps"
	"slices"

	"github.com/thv-secrets/thv/adapters/keyring"
	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/procenv"
	"github.com/thv-secrets/thv/apps/cli/internal/state/settings"
	"github.com/thv-secrets/thv/apps/cli/internal/store/vault"
	"github.com/thv-secrets/thv/core/provider"
)

// wiring is one of thv's own providers: what is known about it, and how it is opened.
type wiring struct {
	app.Descriptor
	// open opens it, with what all openers have.
	open func(*openers, context.Context) (provider.Provider, error)
	// files returns the files that tell about its changes; nil if none do.
	files func(*openers) []string
}

// wirings are thv's own providers.
type wirings []wiring

// builtin returns thv's own providers, each in a file of its own in this package.
func builtin() wirings {
	return wirings{encryptedStore(), onePassword(), environment(), none(), osKeyring(), kubernetes()}
}

// reserved returns the names that no configured program may take.
func (w wirings) reserved() []string {
	var names []string
	for _, one := range w {
		names = append(names, one.Reserves()...)
	}
	return names
}

// unlocking returns the variables that unlock a provider.
func (w wirings) unlocking() []string {
	var names []string
	for _, one := range w {
		names = append(names, one.Unlocking...)
	}
	return names
}

// openers is what a provider is opened with.
type openers struct {
	globals  app.Globals
	environ  *procenv.Environ
	settings settings.Settings
	programs *programs
	vault    *vault.Vault
	rings    keyring.Config
	store    storePath
}

// descriptors returns all providers: thv's own, and the configured programs.
func (o *openers) descriptors(own wirings) []app.Descriptor {
	var all []app.Descriptor
	for _, w := range own {
		d := w.Descriptor
		d.Open = func(ctx context.Context) (provider.Provider, error) { return w.open(o, ctx) }
		if w.files != nil {
			d.Files = w.files(o)
		}
		all = append(all, d)
	}
	for _, name := range slices.Sorted(maps.Keys(o.settings.Secrets.Providers)) {
		all = append(all, o.configured(name, o.settings.Secrets.Providers[name]))
	}
	return all
}
