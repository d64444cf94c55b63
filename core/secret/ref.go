package secret

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a reference, in bytes of UTF-8.
const (
	MaxNameLen = 255
	MaxRefLen  = 2048
)

// SystemPrefix begins the names that are reserved for thv, in the form
// __thv_<scope>_<name>.
const SystemPrefix = "__thv_"

// storeScheme is the scheme of the store that holds system secrets.
const storeScheme = "thv"

const schemeMark = "://"

// Ref is a reference to a secret. It is either a bare name, which is looked up in the
// providers of the fallback chain, or scheme://path, which is looked up only in the
// provider of the scheme. Refs are comparable; the zero Ref refers to nothing.
type Ref struct {
	scheme, path string
}

// ParseRef parses a reference that a user wrote. Its errors wrap [ErrInvalidRef] and do
// not repeat the text, which may be a pasted value.
//
// A bare name has 1 to [MaxNameLen] bytes of UTF-8, without control characters, commas
// or surrounding spaces. A reference with a scheme has at most [MaxRefLen] bytes; its
// scheme is a lower-case letter followed by lower-case letters, digits, '+', '.' or '-'.
// The provider defines the meaning of the path. A reference for which [Ref.System] is
// true is refused.
func ParseRef(text string) (Ref, error) {
	ref, err := parse(text)
	if err != nil {
		return Ref{}, err
	}
	if ref.System() {
		return Ref{}, invalid("names that begin with %s are reserved for the system", SystemPrefix)
	}
	return ref, nil
}

// ParseSystemRef parses a bare name that begins with [SystemPrefix]. Any other text is
// an error that wraps [ErrInvalidRef].
func ParseSystemRef(text string) (Ref, error) {
	ref, err := parse(text)
	if err != nil {
		return Ref{}, err
	}
	if !ref.Bare() || !ref.System() {
		return Ref{}, invalid("a system name begins with %s", SystemPrefix)
	}
	return ref, nil
}

// SystemRef returns the reference to the system secret name in scope. Its errors are
// those of [ParseSystemRef]; a scope must not contain an underscore.
func SystemRef(scope, name string) (Ref, error) {
	if scope == "" || name == "" || strings.Contains(scope, "_") {
		return Ref{}, invalid("a system name needs a scope without underscore, and a name")
	}
	return ParseSystemRef(SystemPrefix + scope + "_" + name)
}

// StoredRef returns a reference to the secret with exactly this name in the encrypted
// store, even if [ParseRef] refuses the name: other programs may use any text. It is for
// reading and deleting; new secrets do not get such names. A name that is empty or not
// UTF-8 is an error that wraps [ErrInvalidRef]. ParseRef may refuse the text of the
// reference.
func StoredRef(name string) (Ref, error) {
	if name == "" || !utf8.ValidString(name) {
		return Ref{}, invalid("a stored name is not empty, and is UTF-8")
	}
	return Ref{scheme: storeScheme, path: name}, nil
}

// Scheme returns the part before "://", empty for a bare name.
func (r Ref) Scheme() string { return r.scheme }

// Path returns a bare name itself, or the part after "scheme://".
func (r Ref) Path() string { return r.path }

// Segments returns the parts of Path between its slashes, each percent-decoded. A percent
// sign without two hexadecimal digits after it is an error that wraps [ErrInvalidRef].
func (r Ref) Segments() ([]string, error) {
	segments := strings.Split(r.path, "/")
	for i, segment := range segments {
		decoded, err := url.PathUnescape(segment)
		if err != nil {
			return nil, invalid("a percent sign is not followed by two hexadecimal digits")
		}
		segments[i] = decoded
	}
	return segments, nil
}

// Bare reports whether r is a bare name.
func (r Ref) Bare() bool { return r.scheme == "" }

// System reports whether r is reserved for thv: a bare name, or a path of the scheme thv,
// that begins with [SystemPrefix]. In paths of other schemes the prefix has no meaning.
func (r Ref) System() bool {
	return (r.Bare() || r.scheme == storeScheme) && strings.HasPrefix(r.path, SystemPrefix)
}

// String returns the reference as it was written; [ParseRef] parses it again. The path of
// a [StoredRef] with control characters is quoted.
func (r Ref) String() string {
	if r.Bare() {
		return r.path
	}
	if r.scheme == storeScheme && strings.ContainsFunc(r.path, unicode.IsControl) {
		return r.scheme + schemeMark + strconv.Quote(r.path)
	}
	return r.scheme + schemeMark + r.path
}

func parse(text string) (Ref, error) {
	if err := checkText(text); err != nil {
		return Ref{}, err
	}
	scheme, path, found := strings.Cut(text, schemeMark)
	if !found {
		return parseName(text)
	}
	if !validScheme(scheme) {
		return Ref{}, invalid("the scheme before :// is a lower-case letter followed by lower-case letters, digits, '+', '.' or '-'")
	}
	if path == "" {
		return Ref{}, invalid("nothing follows %s://", scheme)
	}
	if len(text) > MaxRefLen {
		return Ref{}, invalid("longer than %d bytes", MaxRefLen)
	}
	return Ref{scheme: scheme, path: path}, nil
}

func parseName(text string) (Ref, error) {
	if len(text) > MaxNameLen {
		return Ref{}, invalid("a name is at most %d bytes long", MaxNameLen)
	}
	if strings.Contains(text, ",") {
		return Ref{}, invalid("a name holds no comma")
	}
	return Ref{path: text}, nil
}

func checkText(text string) error {
	switch {
	case text == "":
		return invalid("empty")
	case !utf8.ValidString(text):
		return invalid("not UTF-8")
	case strings.ContainsFunc(text, unicode.IsControl):
		return invalid("holds a control character")
	case strings.TrimSpace(text) != text:
		return invalid("begins or ends with a space")
	}
	return nil
}

func validScheme(s string) bool {
	for i, c := range []byte(s) {
		letter := c >= 'a' && c <= 'z'
		other := c >= '0' && c <= '9' || c == '+' || c == '.' || c == '-'
		if !letter && (i == 0 || !other) {
			return false
		}
	}
	return s != ""
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrInvalidRef, fmt.Sprintf(format, args...))
}
