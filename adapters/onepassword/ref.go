package onepassword

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/secret"
)

// form is the valid form of a reference, for messages.
const form = "op://vault/item/field or op://vault/item/section/field"

// sdkQueries are the queries that the SDK supports, byte for byte; op also supports
// cliQueries.
var (
	sdkQueries = []string{"attribute=otp", "attribute=totp", "ssh-format=openssh"}
	cliQueries = []string{
		"attribute=type", "attribute=value", "attribute=title", "attribute=id", "attribute=purpose",
		"attribute=content", "attribute=size", "attribute=name",
	}
)

// reference is a parsed reference. Its parts are decoded names or IDs of 1Password; section and
// query may be empty.
type reference struct {
	vault, item, section, field string
	query                       string
}

// read parses ref. A bare name is the credential of an item in vault.
func read(ref secret.Ref, vault string) (reference, error) {
	switch {
	case ref.Bare() && vault == "":
		return reference{}, noBareNames()
	case ref.Bare() && !plain(ref.Path()):
		return reference{}, unholdable()
	case ref.Bare():
		return reference{vault: vault, item: ref.Path(), field: "credential"}, nil
	case ref.Scheme() != Scheme:
		return reference{}, invalid("a reference to 1Password is %s", form)
	}
	return parse(ref.Path())
}

// parse parses the text after op://.
func parse(path string) (reference, error) {
	path, query, asked := strings.Cut(path, "?")
	if asked && !slices.Contains(sdkQueries, query) && !slices.Contains(cliQueries, query) {
		return reference{}, invalid("after ? stands one of %s; a question mark in a name is %%3F", strings.Join(sdkQueries, ", "))
	}
	parts := strings.Split(path, "/")
	if len(parts) < 3 || len(parts) > 4 {
		return reference{}, invalid("it has %d parts where %s has 3 or 4; a slash in a name is %%2F", len(parts), form)
	}
	for i, part := range parts {
		name, err := decode(part)
		if err != nil {
			return reference{}, err
		}
		parts[i] = name
	}
	r := reference{vault: parts[0], item: parts[1], field: parts[len(parts)-1], query: query}
	if len(parts) == 4 {
		r.section = parts[2]
	}
	return r, nil
}

// decode decodes one part. Characters that op:// does not accept must be encoded, so that a
// mistake in a reference is detected here and not by the service.
func decode(part string) (string, error) {
	if !plain(strings.ReplaceAll(part, "%", "")) {
		return "", invalid("a name holds a character that has to be percent-encoded there: all but ASCII letters, digits, space, '-', '_' and '.'; or use the ID")
	}
	name, err := url.PathUnescape(part)
	switch {
	case err != nil:
		return "", invalid("a percent sign is followed by two hexadecimal digits; a percent sign in a name is %%25")
	case strings.TrimSpace(name) == "":
		return "", invalid("a part is empty; the form is %s", form)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl):
		return "", invalid("a name is not clean text")
	}
	return name, nil
}

// String returns r in the form of 1Password, if that can express it.
func (r reference) String() string {
	parts := []string{r.vault, r.item, r.section, r.field}
	if r.section == "" {
		parts = slices.Delete(parts, 2, 3)
	}
	text := Scheme + "://" + strings.Join(parts, "/")
	if r.query != "" {
		text += "?" + r.query
	}
	return text
}

// plain reports whether op:// accepts r unchanged.
func (r reference) plain() bool {
	return plain(r.vault) && plain(r.item) && plain(r.section) && plain(r.field)
}

// plain reports whether op:// accepts every character of name.
func plain(name string) bool {
	return !strings.ContainsFunc(name, func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && !strings.ContainsRune(" -_.", c)
	})
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", secret.ErrInvalidRef, fmt.Sprintf(format, args...))
}
