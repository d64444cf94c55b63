package command

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/apps/cli/internal/cli/app"
	"github.com/thv-secrets/thv/apps/cli/internal/platform/suggest"
	"github.com/thv-secrets/thv/core/resolve"
	"github.com/thv-secrets/thv/core/secret"
)

// Suggest returns err, which this command ended with, and for secrets that no provider
// has the stored names that resemble them. It lists only an encrypted store that this
// command has asked already, so that nothing is opened or unlocked for it.
func (f *Factory) Suggest(ctx context.Context, err error) error {
	var missing *resolve.MissingError
	if !errors.As(err, &missing) || len(f.made) == 0 || ctx.Err() != nil {
		return err
	}
	var names []string
	for i, ref := range missing.Refs {
		if ref.System() || !slices.Contains(missing.Asked[i], app.Encrypted) {
			continue
		}
		if names == nil {
			if names = f.stored(ctx); len(names) == 0 {
				return err
			}
		}
		if near := suggest.Nearest(ref.Path(), names); near != "" {
			err = fmt.Errorf("%w; the store has %s", err, ShownName(near))
		}
	}
	return err
}

// stored are the names in the encrypted store.
func (f *Factory) stored(ctx context.Context) []string {
	infos, err := f.made[0].Resolver.List(ctx, app.EncryptedScheme)
	if err != nil {
		return nil
	}
	var names []string
	for _, info := range infos {
		if !strings.HasPrefix(info.Name, secret.SystemPrefix) {
			names = append(names, info.Name)
		}
	}
	return names
}
