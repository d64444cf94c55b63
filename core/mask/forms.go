package mask

import (
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxEscaped is the length up to which escaped forms are looked for: there are
// many, and a longer value is a file that is not printed in one piece.
const maxEscaped = 8 << 10

// appendForms appends every text that value is looked for as.
func appendForms(forms []string, value string) []string {
	text := strings.TrimRight(value, "\r\n")
	if len(text) < MinLen {
		return forms
	}
	forms = appendEscaped(forms, text)
	forms = appendEncoded(forms, text)
	if text != value {
		forms = appendEncoded(forms, value)
	}
	if !strings.Contains(text, "\n") {
		return forms
	}
	// A terminal turns \n into \r\n.
	forms = append(forms, strings.ReplaceAll(text, "\n", "\r\n"))
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		switch {
		case len(line) < MinLen:
		case len(text) > maxEscaped:
			forms = append(forms, line)
		default:
			forms = appendEscaped(forms, line)
		}
	}
	return forms
}

func appendEncoded(forms []string, text string) []string {
	lower := hex.EncodeToString([]byte(text))
	forms = append(forms, lower, strings.ToUpper(lower))
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		// Before text there may be 0, 1 or 2 bytes of a group of three. Their
		// characters are left out, and so is the one that they share with text.
		for before, skip := range []int{0, 2, 3} {
			whole := encoding.EncodeToString([]byte("\x00\x00"[:before] + text))
			alone := (before + len(text)) * 8 / 6 // what no byte after text changes
			bare := strings.TrimRight(whole, "=")
			forms = append(forms, whole[skip:alone], bare[skip:], whole[skip:])
		}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(text))
	for _, width := range []int{64, 76} {
		if len(encoded) > width {
			forms = append(forms, wrap(encoded, width, "\n"), wrap(encoded, width, "\r\n"))
		}
	}
	return forms
}

func wrap(text string, width int, eol string) string {
	var b strings.Builder
	for ; len(text) > width; text = text[width:] {
		b.WriteString(text[:width] + eol)
	}
	return b.String() + text
}

// urlStyles are the characters besides letters and digits that programs leave
// unescaped: in Go a query, a path and a user's password; in Python and in
// JavaScript a component; a form.
var urlStyles = []struct{ keep, space string }{
	{"-_.~", "+"}, {"-_.~", "%20"}, {"-_.~$&+:=@", "%20"}, {"-_.~$&+,;=", "%20"},
	{"-_.~/", "%20"}, {"-_.!~*'()", "%20"}, {"-_.*", "+"},
}

// jsonStyles: what is escaped besides '"', '\\' and control characters.
var jsonStyles = []struct {
	special string
	ascii   bool
}{
	{"", false}, {"", true}, {"/", false}, {"/", true},
	{"<>&\u2028\u2029", false}, {"<>&", true}, {"<>&/\u2028\u2029", false}, {"\"<>&'+`", true},
}

const lowerHex, upperHex = "0123456789abcdef", "0123456789ABCDEF"

// appendEscaped appends text, and how it looks inside of quotes and URLs. For
// most texts many of these are the same, which compile sorts out.
func appendEscaped(forms []string, text string) []string {
	forms = append(forms, text)
	if len(text) > maxEscaped || !strings.ContainsFunc(text, needsEscape) {
		return forms
	}
	for _, digits := range []string{lowerHex, upperHex} {
		for _, style := range urlStyles {
			forms = append(forms, percent(text, style.keep, style.space, digits))
		}
		for _, style := range jsonStyles {
			forms = append(forms, jsonString(text, style.special, style.ascii, digits))
		}
	}
	for _, inner := range []string{"", "<>&"} { // JSON inside of JSON
		once := jsonString(text, inner, false, lowerHex)
		forms = append(forms, jsonString(once, "", false, lowerHex), jsonString(once, "<>&", false, lowerHex))
	}
	quoted, toASCII := strconv.Quote(text), strconv.QuoteToASCII(text)
	double := quoted[1 : len(quoted)-1]
	single := strings.ReplaceAll(double, `\"`, `"`)
	return append(forms,
		double, toASCII[1:len(toASCII)-1],
		single, strings.ReplaceAll(single, "'", `\'`),
		strings.ReplaceAll(text, "'", `'\''`), strings.ReplaceAll(text, "'", `'"'"'`),
		backslashed(text))
}

func needsEscape(c rune) bool { return !alphanumeric(c) && !strings.ContainsRune("-_.", c) }

func alphanumeric(c rune) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

func percent(text, keep, space, digits string) string {
	escaped := make([]byte, 0, 2*len(text))
	for _, c := range []byte(text) {
		switch {
		case c == ' ':
			escaped = append(escaped, space...)
		case alphanumeric(rune(c)), strings.IndexByte(keep, c) >= 0:
			escaped = append(escaped, c)
		default:
			escaped = append(escaped, '%', digits[c>>4], digits[c&15])
		}
	}
	return string(escaped)
}

// jsonString returns text as inside of a JSON string. Bytes that are no UTF-8
// become U+FFFD, as in encoding/json.
func jsonString(text, special string, ascii bool, digits string) string {
	const short, letters = "\"\\\n\r\t\b\f", `"\nrtbf`
	escaped := make([]byte, 0, 2*len(text))
	for i, c := range text {
		if alphanumeric(c) {
			escaped = append(escaped, byte(c))
			continue
		}
		abbreviated := strings.IndexRune(short, c)
		switch {
		case c == '/' && strings.ContainsRune(special, c):
			escaped = append(escaped, '\\', '/')
		case strings.ContainsRune(special, c), ascii && c >= utf8.RuneSelf, c < ' ' && abbreviated < 0,
			c == utf8.RuneError && text[i] != "\uFFFD"[0]:
			for _, unit := range utf16.AppendRune(nil, c) {
				escaped = append(escaped, '\\', 'u', digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
			}
		case abbreviated >= 0:
			escaped = append(escaped, '\\', letters[abbreviated])
		default:
			escaped = utf8.AppendRune(escaped, c)
		}
	}
	return string(escaped)
}

// backslashed returns text as a shell's printf %q prints it.
func backslashed(text string) string {
	escaped := make([]byte, 0, 2*len(text))
	for _, c := range []byte(text) {
		if c < utf8.RuneSelf && !alphanumeric(rune(c)) && strings.IndexByte("-_.@%+=:/", c) < 0 {
			escaped = append(escaped, '\\')
		}
		escaped = append(escaped, c)
	}
	return string(escaped)
}
