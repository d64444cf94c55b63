package workload

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// References returns the variables whose value is a reference with one of the schemes, so
// that an env file can refer to secrets. A value with any other scheme, such as a URL, is
// a plain value. A value with one of the schemes that is not a valid reference is an
// error, and so is a reference inside other text, which the workload would get
// unresolved. Each error names the variable and wraps [secret.ErrInvalidRef].
func References(vars map[string]string, schemes []string) (map[string]secret.Ref, error) {
	refs := map[string]secret.Ref{}
	var errs []error
	for _, name := range sortedNames(vars) {
		scheme, _, found := strings.Cut(vars[name], "://")
		if !found || !slices.Contains(schemes, scheme) {
			if inside, holds := mentions(vars[name], schemes); holds {
				errs = append(errs, fmt.Errorf("variable %s: %w: %s:// stands inside a longer value, where it is not resolved; store the whole value as a secret",
					name, secret.ErrInvalidRef, inside))
			}
			continue
		}
		ref, err := secret.ParseRef(vars[name])
		if err != nil {
			errs = append(errs, fmt.Errorf("variable %s: %w", name, err))
			continue
		}
		refs[name] = ref
	}
	return refs, errors.Join(errs...)
}

// mentions returns the first of schemes for which text contains a reference.
func mentions(text string, schemes []string) (scheme string, found bool) {
	for before, rest, more := strings.Cut(text, "://"); more; before, rest, more = strings.Cut(rest, "://") {
		word := before[strings.LastIndexFunc(before, notOfScheme)+1:]
		if rest != "" && slices.Contains(schemes, word) {
			return word, true
		}
	}
	return "", false
}

func notOfScheme(c rune) bool {
	letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
	return !letter && c != '+' && c != '.' && c != '-'
}
