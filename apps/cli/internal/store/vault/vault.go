// Package vault is the encrypted store together with the password sources that unlock
// it: what the verbs do with a store beside reading and writing secrets.
package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/thv-secrets/thv/adapters/filestore"
	"github.com/thv-secrets/thv/apps/cli/internal/store/unlock"
	"github.com/thv-secrets/thv/core/secret"
)

// Vault is one encrypted store and its password sources. Making one touches nothing.
type Vault struct {
	config   filestore.Config
	sources  *unlock.SourceChain
	recovers Recovers
	store    func() (*filestore.Store, error)
}

// New returns a Vault over the store that config describes. Recovers is
// for a store that Create finds.
func New(config filestore.Config, sources *unlock.SourceChain, recovers Recovers) *Vault {
	config.Keys = sources
	return &Vault{
		config: config, sources: sources, recovers: recovers,
		store: sync.OnceValues(func() (*filestore.Store, error) { return filestore.New(config) }),
	}
}

// Recovers says what becomes of the recovery keys of a store that Create finds.
type Recovers struct {
	// Add makes one more.
	Add bool
	// Replace makes it the only one.
	Replace bool
}

// Store returns the store, always the same one: it remembers the key that opened the
// file, so that a caller that reads it repeatedly unlocks it once.
func (v *Vault) Store() (*filestore.Store, error) { return v.store() }

// Info describes a store without its password.
type Info struct {
	Path    string   `json:"path"`
	Exists  bool     `json:"exists"`
	Format  int      `json:"format,omitempty"`
	Account string   `json:"account,omitempty"`
	Slots   []string `json:"key_slots,omitempty"`
}

// Warning says what is lost with the password in the keyrings; it is empty if the store
// can be opened otherwise.
func (i Info) Warning() string {
	if !i.Exists {
		return ""
	}
	switch {
	case slices.Contains(i.Slots, "password"):
		return ""
	case slices.Contains(i.Slots, "recovery"):
		return "The store " + i.Path + " then opens with its recovery key only."
	}
	return "The store " + i.Path + " may have no other password than the one that is kept there: without it, every secret in it is lost."
}

// Describe returns what the store's file says about itself. It needs no password.
func (v *Vault) Describe(ctx context.Context) (Info, error) {
	store, err := v.Store()
	if err != nil {
		return Info{}, err
	}
	info, err := store.Describe(ctx)
	if err != nil {
		return Info{}, err
	}
	described := Info{Path: info.Path, Exists: info.Exists, Account: info.Account, Slots: info.Slots}
	if info.Exists {
		described.Format = int(info.Format)
	}
	return described, nil
}

// Create creates an empty store of a format, 0 for the default. If a store of that
// format exists, it checks that the password opens it, and keeps the password in a
// keyring.
func (v *Vault) Create(ctx context.Context, format int) error {
	info, err := v.Describe(ctx)
	if err != nil {
		return err
	}
	if !info.Exists {
		config := v.config
		config.Format = filestore.Format(format)
		store, err := filestore.New(config)
		if err != nil {
			return err
		}
		err = store.Create(ctx)
		if !errors.Is(err, secret.ErrConflict) {
			return err
		}
	}
	if info.Exists && format != 0 && format != info.Format {
		return secret.Usagef("%s is a store of format %d already (thv secret upgrade makes format 2 of format 1)", info.Path, info.Format)
	}
	store, err := v.Store()
	if err != nil {
		return err
	}
	// A listing opens the store, after which the password is kept.
	for _, err := range store.List(ctx) {
		if err != nil {
			return err
		}
		break
	}
	switch {
	case !info.Exists || !v.recovers.Add:
		return nil
	case v.recovers.Replace:
		return store.ReplaceRecovery(ctx)
	}
	err = store.AddRecovery(ctx)
	if errors.Is(err, secret.ErrConflict) {
		return fmt.Errorf("%w; --replace-recovery-keys makes the new one the only one", err)
	}
	return err
}

// Upgrade rewrites a store of format 1 in format 2.
func (v *Vault) Upgrade(ctx context.Context) error {
	store, err := v.Store()
	if err != nil {
		return err
	}
	return store.Upgrade(ctx)
}

// ChangePassword replaces the store's password by one that the chain finds for change.
func (v *Vault) ChangePassword(ctx context.Context, change unlock.Change) error {
	store, err := v.Store()
	if err != nil {
		return err
	}
	info, err := v.Describe(ctx)
	if err != nil {
		return err
	}
	if !info.Exists {
		return secret.Usagef("there is no store at %s whose password could be changed", info.Path)
	}
	change.Typed = slices.Contains(info.Slots, "password")
	key, err := v.sources.Replacement(ctx, filestore.Request{Account: info.Account, Path: info.Path}, change)
	if err != nil {
		return err
	}
	return store.ChangePassword(ctx, key)
}

// ForgetPassword removes the store's password from every keyring, and returns the names
// of those that had it. Without a store, it removes nothing. It also removes the
// password of an upgraded store, and one that an interrupted change has left, which are
// kept under other accounts.
func (v *Vault) ForgetPassword(ctx context.Context) ([]string, error) {
	info, err := v.Describe(ctx)
	if err != nil || !info.Exists {
		return nil, err
	}
	store, err := v.Store()
	if err != nil {
		return nil, err
	}
	return v.sources.Forget(ctx, info.Account, legacyAccounts, func(password secret.Value) bool {
		opened, err := store.Opens(ctx, password)
		return err == nil && opened
	})
}

// legacyAccounts are those under which a store of format 1 has its password, also
// after an interrupted change.
var legacyAccounts = []string{filestore.Account1, filestore.Next1, filestore.Previous1}
