package onepassword

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/thv-secrets/thv/core/secret"
)

// notes is the field ID that a reference to an item's notes has.
const notes = "notesPlain"

// maxBatch is the maximum number of items in one response of 1Password.
const maxBatch = 50

// entry is a vault or an item.
type entry struct {
	id, name         string
	created, updated time.Time
}

// field is a non-empty field without its value. Its section is "" if it has none.
type field struct {
	item                     string // the ID
	id, name, section, title string // title is the section's name
	// hidden is the reason why the item is not shown. Then the other fields have no
	// meaning.
	hidden error
}

// catalog returns the names and IDs that an account may see, and no values. Its errors have a
// class; with an error there is no other result.
type catalog interface {
	vaults(ctx context.Context) ([]entry, error)
	items(ctx context.Context, vault string) ([]entry, error)
	// fields returns the fields of at most maxBatch items. An item that cannot be shown is a
	// hidden field.
	fields(ctx context.Context, vault string, items []string) ([]field, error)
}

// check returns nil if c responds.
func check(ctx context.Context, c catalog) error {
	vaults, err := c.vaults(ctx)
	if err == nil && len(vaults) == 0 {
		err = fmt.Errorf("%w: this 1Password account may see no vault; grant it one", secret.ErrDenied)
	}
	return err
}

// list yields all fields of c.
func list(ctx context.Context, c catalog) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		vaults, err := c.vaults(ctx)
		if err != nil {
			yield(secret.Info{}, err)
			return
		}
		for _, vault := range vaults {
			if !listVault(ctx, c, vault, yield) {
				return
			}
		}
	}
}

func listVault(ctx context.Context, c catalog, vault entry, yield func(secret.Info, error) bool) bool {
	items, err := c.items(ctx, vault.id)
	if err != nil {
		yield(secret.Info{}, err)
		return false
	}
	for batch := range slices.Chunk(items, maxBatch) {
		byID, ids := map[string]entry{}, make([]string, len(batch))
		for i, item := range batch {
			byID[item.id], ids[i] = item, item.id
		}
		fields, err := c.fields(ctx, vault.id, ids)
		if err != nil {
			yield(secret.Info{}, err)
			return false
		}
		for _, f := range fields {
			r := reference{vault: vault.id, item: f.item, section: f.section, field: f.id}
			if f.hidden == nil && r.plain() && !yield(info(r, vault, byID[f.item], f), nil) {
				return false
			}
		}
	}
	return true
}

func info(r reference, vault, item entry, f field) secret.Info {
	return secret.Info{
		Name:        r.String(),
		Description: clean(vault.name + " :: " + item.name + " :: " + f.name),
		Created:     item.created,
		Updated:     item.updated,
	}
}

// clean returns text without control characters.
func clean(text string) string {
	return strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return -1
		}
		return c
	}, text)
}
