package onepassword

import (
	"context"

	"github.com/1password/onepassword-sdk-go"
)

// sdkCatalog is the catalog of the service.
type sdkCatalog struct{ p *Provider }

// vaults does not depend on a vault, so its failure never concerns only one reference.
func (c *sdkCatalog) vaults(ctx context.Context) ([]entry, error) {
	vaults, err := call(ctx, c.p.client, func(ctx context.Context, c *onepassword.Client) ([]onepassword.VaultOverview, error) {
		return c.Vaults().List(ctx)
	})
	if err != nil {
		return nil, ofAll(err)
	}
	entries := make([]entry, len(vaults))
	for i, v := range vaults {
		entries[i] = entry{v.ID, v.Title, v.CreatedAt, v.UpdatedAt}
	}
	return entries, nil
}

func (c *sdkCatalog) items(ctx context.Context, vault string) ([]entry, error) {
	items, err := call(ctx, c.p.client, func(ctx context.Context, c *onepassword.Client) ([]onepassword.ItemOverview, error) {
		return c.Items().List(ctx, vault)
	})
	if err != nil {
		return nil, err
	}
	entries := make([]entry, len(items))
	for i, item := range items {
		entries[i] = entry{item.ID, item.Title, item.CreatedAt, item.UpdatedAt}
	}
	return entries, nil
}

// fields drops the values inside the call, so that they do not leave it.
func (c *sdkCatalog) fields(ctx context.Context, vault string, items []string) ([]field, error) {
	return call(ctx, c.p.client, func(ctx context.Context, client *onepassword.Client) ([]field, error) {
		response, err := client.Items().GetAll(ctx, vault, items)
		if err != nil {
			return nil, err
		}
		var fields []field
		for i, id := range items {
			var one shown
			if i < len(response.IndividualResponses) {
				one = response.IndividualResponses[i]
			}
			if one.Content == nil {
				c.p.config.Logger.Warn("1Password does not show an item by itself", "vault", vault, "item", id)
				fields = append(fields, field{item: id, hidden: hidden(one.Error)})
				continue
			}
			fields = append(fields, fieldsOf(one.Content)...)
		}
		return fields, nil
	})
}

type shown = onepassword.Response[onepassword.Item, onepassword.ItemsGetAllError]

// fieldsOf returns the non-empty fields of item.
func fieldsOf(item *onepassword.Item) []field {
	sections := map[string]string{}
	for _, s := range item.Sections {
		sections[s.ID] = s.Title
	}
	var fields []field
	noted := item.Notes == ""
	for _, f := range item.Fields {
		if f.Value == "" || f.FieldType == onepassword.ItemFieldTypeUnsupported {
			continue
		}
		one := field{item: item.ID, id: f.ID, name: f.Title}
		if f.SectionID != nil {
			one.section, one.title = *f.SectionID, sections[*f.SectionID]
		}
		noted = noted || one.id == notes
		fields = append(fields, one)
	}
	if !noted {
		fields = append(fields, field{item: item.ID, id: notes, name: "notes"})
	}
	return fields
}
