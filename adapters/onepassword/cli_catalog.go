package onepassword

import (
	"bytes"
	"context"
	"encoding/json"
	"time"
)

// cliCatalog is the catalog that op returns.
type cliCatalog struct{ c *CLI }

func (c cliCatalog) vaults(ctx context.Context) ([]entry, error) {
	return c.entries(ctx, "vault", "list", "--format", "json")
}

func (c cliCatalog) items(ctx context.Context, vault string) ([]entry, error) {
	return c.entries(ctx, "item", "list", "--vault", vault, "--format", "json")
}

func (c cliCatalog) entries(ctx context.Context, args ...string) ([]entry, error) {
	var listed []struct {
		ID      string    `json:"id"`
		Name    string    `json:"name"`
		Title   string    `json:"title"`
		Created time.Time `json:"created_at"`
		Updated time.Time `json:"updated_at"`
	}
	if err := c.answer(ctx, &listed, args...); err != nil {
		return nil, err
	}
	entries := make([]entry, len(listed))
	for i, l := range listed {
		entries[i] = entry{l.ID, l.Name + l.Title, l.Created, l.Updated}
	}
	return entries, nil
}

// fields runs op once for each item. The output of op has the values of the fields, but the
// result does not.
func (c cliCatalog) fields(ctx context.Context, vault string, items []string) ([]field, error) {
	var all []field
	for _, id := range items {
		var item struct {
			Fields []struct {
				ID      string  `json:"id"`
				Label   string  `json:"label"`
				Holds   present `json:"value"`
				Section struct {
					ID    string `json:"id"`
					Label string `json:"label"`
				} `json:"section"`
			} `json:"fields"`
		}
		if err := c.answer(ctx, &item, "item", "get", id, "--vault", vault, "--format", "json"); err != nil {
			return nil, err
		}
		for _, f := range item.Fields {
			if f.Holds {
				all = append(all, field{item: id, id: f.ID, name: f.Label, section: f.Section.ID, title: f.Section.Label})
			}
		}
	}
	return all, nil
}

// answer decodes the JSON output of op into into, and wipes it.
func (c cliCatalog) answer(ctx context.Context, into any, args ...string) error {
	out, err := c.c.run(ctx, maxListing, args...)
	if err != nil {
		return err
	}
	defer clear(out)
	if args[1] == "list" && len(bytes.TrimSpace(out)) == 0 {
		return nil // no vaults, no items
	}
	if json.Unmarshal(out, into) != nil { // its error could quote the text
		return unreadable(args[0], args[1])
	}
	return nil
}

// present is true if a JSON value is not empty. It does not keep the value.
type present bool

// UnmarshalJSON checks only the length of text.
func (p *present) UnmarshalJSON(text []byte) error {
	*p = present(len(text) > len(`""`) && string(text) != "null")
	return nil
}
