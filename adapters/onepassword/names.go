package onepassword

import (
	"context"
	"slices"
	"strings"
)

// lookup finds IDs by names, and makes each request to its catalog once. It is safe for
// concurrent use.
type lookup struct {
	catalog catalog
	vaults  memo[[]entry]
	items   memo[[]entry] // by the vault's ID
	fields  memo[[]field] // by the IDs of vault and item
}

// newLookup returns a lookup. A lookup for a single call keeps failures too, so that a
// request which failed is not repeated for the next reference. A lookup that lives longer
// must not, since a failure may pass.
func newLookup(c catalog, keepFailures bool) *lookup {
	l := &lookup{catalog: c}
	l.vaults.keep, l.items.keep, l.fields.keep = keepFailures, keepFailures, keepFailures
	return l
}

// identify returns r with IDs in place of the names that an op:// reference cannot hold,
// and of the vault and item that contain them. It makes no request if op:// can hold r.
func (l *lookup) identify(ctx context.Context, r reference) (reference, error) {
	var err error
	if r.plain() {
		return r, nil
	}
	if r.vault, err = l.vault(ctx, r.vault); err != nil || r.plain() {
		return r, err
	}
	if r.item, err = l.item(ctx, r.vault, r.item); err != nil || r.plain() {
		return r, err
	}
	if r.section, r.field, err = l.field(ctx, r); err != nil || r.plain() {
		return r, err
	}
	return r, unsupported("a 1Password reference cannot hold the ID of this field; delete the field in 1Password and create it again")
}

func (l *lookup) vault(ctx context.Context, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	all, err := l.vaults.do(ctx, "", func() ([]entry, error) { return l.catalog.vaults(ctx) })
	if err != nil {
		return "", err
	}
	return find(all, name, "vault")
}

func (l *lookup) item(ctx context.Context, vault, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	all, err := l.items.do(ctx, vault, func() ([]entry, error) { return l.catalog.items(ctx, vault) })
	if err != nil {
		return "", err
	}
	return find(all, name, "item")
}

// field finds the field of r. If r has no section, a field outside all sections is
// preferred to fields of the same name, as 1Password does.
func (l *lookup) field(ctx context.Context, r reference) (section, id string, err error) {
	all, err := l.fieldsOf(ctx, r.vault, r.item)
	if err != nil {
		return "", "", err
	}
	var found []field
	for _, f := range all {
		if (r.section == "" || matches(r.section, f.section, f.title)) && matches(r.field, f.id, f.name) {
			found = append(found, f)
		}
	}
	if first := slices.IndexFunc(found, func(f field) bool { return f.section == "" }); r.section == "" && first >= 0 {
		return "", found[first].id, nil
	}
	switch {
	case len(found) == 0:
		return "", "", missing("field that holds something")
	case len(found) > 1:
		return "", "", ambiguous("field")
	}
	return found[0].section, found[0].id, nil
}

// fieldsOf returns the fields of one item, and an error if one of them is hidden.
func (l *lookup) fieldsOf(ctx context.Context, vault, item string) ([]field, error) {
	return l.fields.do(ctx, vault+"/"+item, func() ([]field, error) {
		fields, err := l.catalog.fields(ctx, vault, []string{item})
		for _, f := range fields {
			if f.hidden != nil {
				return nil, f.hidden
			}
		}
		return fields, err
	})
}

// find returns the ID of the one entry of all with the ID or name.
func find(all []entry, name, what string) (string, error) {
	var found []entry
	for _, e := range all {
		if matches(name, e.id, e.name) {
			found = append(found, e)
		}
	}
	switch {
	case len(found) == 0:
		return "", missing(what)
	case len(found) > 1:
		return "", ambiguous(what)
	}
	return found[0].id, nil
}

func matches(asked, id, name string) bool { return asked == id || strings.EqualFold(asked, name) }

// isID reports whether name has the form of the ID of a vault or an item.
func isID(name string) bool {
	return len(name) == 26 && !strings.ContainsFunc(name, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
}
