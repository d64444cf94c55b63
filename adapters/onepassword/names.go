package onepassword

import (
	"context"
	"slices"
	"strings"
)

// lookup finds IDs by names. It keeps what it has been told, for one call.
type lookup struct {
	catalog catalog
	known   []entry
	within  map[string][]entry
}

// identify returns r with the IDs of what op:// cannot name, and of what those lie
// in. It asks nobody about a reference that op:// can hold.
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
	return r, unsupported("the field's ID is none that 1Password's references can hold; make the field anew in 1Password")
}

func (l *lookup) vault(ctx context.Context, name string) (id string, err error) {
	if isID(name) {
		return name, nil
	}
	if l.known == nil {
		if l.known, err = l.catalog.vaults(ctx); err != nil {
			return "", err
		}
	}
	return find(l.known, name, "vault")
}

func (l *lookup) item(ctx context.Context, vault, name string) (string, error) {
	if isID(name) {
		return name, nil
	}
	items, known := l.within[vault]
	if !known {
		var err error
		if items, err = l.catalog.items(ctx, vault); err != nil {
			return "", err
		}
		if l.within == nil {
			l.within = map[string][]entry{}
		}
		l.within[vault] = items
	}
	return find(items, name, "item")
}

// field finds r's field. Where r has no section, a field that is in none comes
// before its namesakes, as it does for 1Password.
func (l *lookup) field(ctx context.Context, r reference) (section, id string, err error) {
	fields, err := l.catalog.fields(ctx, r.vault, []string{r.item})
	if err != nil {
		return "", "", err
	}
	fields = slices.DeleteFunc(fields, func(f field) bool {
		return r.section != "" && !matches(r.section, f.section, f.title) || !matches(r.field, f.id, f.name)
	})
	if first := slices.IndexFunc(fields, func(f field) bool { return f.section == "" }); r.section == "" && first >= 0 {
		return "", fields[first].id, nil
	}
	switch {
	case len(fields) == 0:
		return "", "", missing("field that holds something")
	case len(fields) > 1:
		return "", "", ambiguous("field")
	}
	return fields[0].section, fields[0].id, nil
}

// find returns the ID of the one of all that name is the ID or the name of.
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

// isID reports the form of the IDs of vaults and items.
func isID(name string) bool {
	return len(name) == 26 && !strings.ContainsFunc(name, func(c rune) bool { return (c < 'a' || c > 'z') && (c < '0' || c > '9') })
}
