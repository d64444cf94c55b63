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

// SystemPrefix begins the names that thv keeps for itself, in the form
// __thv_<scope>_<name>.
const SystemPrefix = "__thv_"

// storeScheme is that of the store which holds the system's secrets.
const storeScheme = "thv"

const schemeMark = "://"

// Ref names a secret. It is either a bare name, which is looked up along the
// fallback chain, or scheme://path, which goes to that scheme's provider only.
// Refs are comparable; the zero Ref names nothing.
type Ref struct {
	scheme, path string
}

// ParseRef reads a reference as a user writes it. Its errors wrap ErrInvalidRef
// and do not repeat the text, which may be a pasted value.
//
// A bare name has 1 to MaxNameLen bytes of UTF-8, without control characters,
// comma or surrounding space. A reference with a scheme has at most MaxRefLen
// bytes; its scheme is a lower-case letter followed by lower-case letters,
// digits, '+', '.' or '-'. What its path means is for its provider to say. Where
// System holds for what was read, it is refused.
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

// ParseSystemRef reads a bare name that begins with SystemPrefix, and no other.
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

// SystemRef returns the reference of the system's secret name within scope. Its
// errors are those of ParseSystemRef; a scope holds no underscore.
func SystemRef(scope, name string) (Ref, error) {
	if scope == "" || name == "" || strings.Contains(scope, "_") {
		return Ref{}, invalid("a system name needs a scope without underscore, and a name")
	}
	return ParseSystemRef(SystemPrefix + scope + "_" + name)
}

// StoredRef returns a reference to what the encrypted store holds under exactly name,
// also if name is not one that ParseRef takes: other programs store under any text. It
// is for reading and deleting; nothing new is stored under such a name. An empty name,
// and one that is not UTF-8, is an error that wraps ErrInvalidRef. ParseRef does not
// read back every text of such a reference.
func StoredRef(name string) (Ref, error) {
	if name == "" || !utf8.ValidString(name) {
		return Ref{}, invalid("a stored name is not empty, and is UTF-8")
	}
	return Ref{scheme: storeScheme, path: name}, nil
}

// Scheme returns the part before "://", empty for a bare name.
func (r Ref) Scheme() string { return r.scheme }

// Path returns a bare name itself, or what follows "scheme://".
func (r Ref) Path() string { return r.path }

// Segments returns the parts of Path between its slashes, each percent-decoded. The
// error wraps ErrInvalidRef: a percent sign without two hexadecimal digits behind it.
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

// System reports whether r names a secret that is reserved for the system: a
// bare name, or a path of the scheme thv, that begins with SystemPrefix. In the
// path of another scheme it means nothing.
func (r Ref) System() bool {
	return (r.Bare() || r.scheme == storeScheme) && strings.HasPrefix(r.path, SystemPrefix)
}

// String returns the reference as it was written; ParseRef reads it back. The path of a
// StoredRef that holds control characters is quoted.
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
