package mask

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"unicode/utf8"
)

// maxDepth is the maximum nesting of values within values.
const maxDepth = 4

// sensitiveNameParts are the parts of names that mark their values as secret.
var sensitiveNameParts = []string{
	"token", "secret", "pass", "pwd", "credential", "key", "auth", "private", "cookie", "dsn", "jwt", "bearer", "signature",
}

func speaks(name string) bool {
	name = strings.ToLower(name)
	for _, part := range sensitiveNameParts {
		if strings.Contains(name, part) {
			return true
		}
	}
	return false
}

// value adds a whole value and its parts.
func (f *forms) value(value string, depth int) {
	text := strings.TrimRight(value, "\r\n")
	if len(text) < MinLen {
		return
	}
	trimmed := strings.TrimSpace(text)
	structured := strings.HasPrefix(trimmed, "{") || strings.HasPrefix(trimmed, "[")
	lines := strings.Contains(text, "\n")
	f.add(text, cut(text, structured || lines))
	if depth == maxDepth {
		return
	}
	if structured && f.json(trimmed, depth) {
		return
	}
	if lines {
		f.lines(text, depth)
		return
	}
	f.line(trimmed, depth)
}

// part adds a scalar of a value if its name there marks it as secret, or if it looks like a
// secret.
func (f *forms) part(name, value string, depth int) {
	value = strings.TrimSpace(value)
	if len(value) < MinLen || !speaks(name) && !telling(value) {
		// It may still contain a secret, such as the password of a URL.
		f.line(value, depth+1)
		return
	}
	f.value(value, depth+1)
	if decoded, err := base64.StdEncoding.DecodeString(value); err == nil && len(value) >= 16 && printable(decoded) {
		f.value(string(decoded), depth+1)
	}
}

func printable(text []byte) bool {
	if !utf8.Valid(text) {
		return false
	}
	for _, c := range text {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return false
		}
	}
	return true
}

// json adds the strings and numbers of text if it is a JSON document, and reports whether
// it is.
func (f *forms) json(text string, depth int) bool {
	var document any
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	if decoder.Decode(&document) != nil {
		return false
	}
	f.node("", document, depth)
	return true
}

func (f *forms) node(name string, node any, depth int) {
	switch node := node.(type) {
	case map[string]any:
		for name, child := range node {
			f.node(name, child, depth)
		}
	case []any:
		for _, child := range node {
			f.node(name, child, depth)
		}
	case string:
		f.part(name, node, depth)
	case json.Number:
		f.part(name, node.String(), depth)
	}
}

// lines adds the parts of a text with several lines: from a line with a name, as in YAML
// and env files, the value; otherwise the line, if it is telling.
func (f *forms) lines(text string, depth int) {
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || strings.HasPrefix(line, "//") {
			continue
		}
		if name, value, ok := named(line); ok {
			f.part(name, value, depth)
			continue
		}
		line = unquote(strings.TrimPrefix(line, "- "))
		if telling(line) || sentence(line) {
			f.add(line, cut(line, false))
		}
		f.line(line, depth)
	}
}

// named splits a line of the form `name: value` or `name=value`.
func named(line string) (name, value string, ok bool) {
	line = strings.TrimPrefix(strings.TrimPrefix(line, "- "), "export ")
	i := strings.IndexAny(line, ":=")
	if i <= 0 {
		return "", "", false
	}
	name = unquote(strings.TrimSpace(line[:i]))
	if name == "" || len(name) > 64 || strings.Trim(name, nameBytes) != "" {
		return "", "", false
	}
	value = line[i+1:]
	if line[i] == ':' && value != "" && value[0] != ' ' && value[0] != '"' {
		return "", "", false
	}
	value = strings.TrimSpace(value)
	if strings.Trim(value, "=") == "" && line[i] == '=' {
		return "", "", false // the padding of base64
	}
	return name, unquote(value), true
}

const nameBytes = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.- /"

// unquote removes quotes, and a comma or comment after them, from value.
func unquote(value string) string {
	value = strings.TrimSuffix(value, ",")
	if value == "" || value[0] != '"' && value[0] != '\'' {
		value, _, _ = strings.Cut(value, " #")
		return strings.TrimSpace(value)
	}
	end := strings.LastIndexByte(value, value[0])
	if end == 0 {
		return value[1:]
	}
	if value[0] == '"' {
		var text string
		if json.Unmarshal([]byte(value[:end+1]), &text) == nil {
			return text
		}
	}
	return value[1:end]
}

// line adds the password of a URL, and the named secrets in the query of a URL or in a
// connection string (`host=h password=p`, `Server=s;Password=p`).
func (f *forms) line(line string, depth int) {
	if depth >= maxDepth {
		return
	}
	for rest := line; ; {
		_, after, found := strings.Cut(rest, "://")
		if !found {
			break
		}
		rest = after
		authority := after
		if i := strings.IndexAny(authority, " \t\"'<>"); i >= 0 {
			authority = authority[:i]
		}
		if i := strings.IndexByte(authority, '@'); i >= 0 {
			// A password that contains an unescaped '/' or '@' ends at the last '@'.
			if last := strings.LastIndexByte(authority, '@'); !strings.ContainsAny(authority[i:last], "?#") {
				i = last
			}
			user, password, _ := strings.Cut(authority[:i], ":")
			if password == "" {
				password = user
			}
			f.secretPart(password)
		}
	}
	if !strings.Contains(line, "=") {
		return
	}
	for _, field := range strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune("?&; \t", r) }) {
		if name, value, ok := strings.Cut(field, "="); ok && value != "" && speaks(name) {
			f.secretPart(strings.Trim(value, `"'`))
		}
	}
}

// secretPart adds text, and also text without the escapes of a URL.
func (f *forms) secretPart(text string) {
	f.add(text, cut(text, false))
	if plain, err := url.PathUnescape(text); err == nil && plain != text {
		f.add(plain, cut(plain, false))
	}
}
