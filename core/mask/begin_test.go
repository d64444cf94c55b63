package mask

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"net/url"
	"strings"
	"testing"
	"unicode/utf16"
)

// language writes a character as one of the languages that escape it does, or as
// it is.
type language func(r *rand.Rand, c rune) string

func unitsOf(c rune, format string) string {
	var b strings.Builder
	for _, unit := range utf16.Encode([]rune{c}) {
		fmt.Fprintf(&b, format, unit)
	}
	return b.String()
}

// backslash escapes by a letter where the language has one, else by a number.
func backslash(count int, number string) language {
	return func(_ *rand.Rand, c rune) string {
		slashes := strings.Repeat(`\`, count)
		switch {
		case strings.ContainsRune("\n\r\t", c):
			return slashes + string(letterOf(byte(c)))
		case c == '"' || c == '\'':
			return strings.Repeat(`\`, 2*count-1) + string(c)
		case c == '\\':
			return slashes + slashes
		case number == `%03o` && (c < ' ' || c > '~'):
			return each(string(c), `\%03o`)
		case c < ' ' || c > '~' && c < 0x100 || c > '~' && strings.Contains(number, "u"):
			return unitsOf(c, slashes+number)
		}
		return string(c)
	}
}

func percent(format string) language {
	return func(_ *rand.Rand, c rune) string {
		if c == ' ' {
			return "+"
		}
		if c < 0x80 && alphanumeric(byte(c)) {
			return string(c)
		}
		return each(string(c), format)
	}
}

var languages = []language{
	backslash(1, `u%04x`), backslash(1, `u%04X`), backslash(2, `u%04x`), backslash(1, `x%02x`), backslash(1, `%03o`),
	percent("%%%02X"), percent("%%%02x"),
	func(r *rand.Rand, c rune) string {
		if c < 0x80 && alphanumeric(byte(c)) {
			return string(c)
		}
		if named := string(appendNamed(nil, string(c))); c < 0x80 && named != "" && r.Intn(2) == 0 {
			return named
		}
		return fmt.Sprintf([]string{"&#%d;", "&#x%x;", "&#x%X;"}[r.Intn(3)], c)
	},
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), `"`, `""`) },
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), `'`, `''`) },
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), `'`, `'"'"'`) },
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), `'`, `'\"'\"'`) },
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), "\n", "\r\n") },
	func(_ *rand.Rand, c rune) string { return strings.ReplaceAll(string(c), "\n", `\r\n`) },
}

// A value is found whatever it begins with, in each language and with each
// separator.
func TestMasker_FindsEveryBeginning(t *testing.T) {
	r := seeded(t)
	letters := []rune("ab1Z\"'\\ &<%+/=-$\n\té\U0001F511")
	for range 4000 {
		var value strings.Builder
		for range 4 {
			value.WriteRune(letters[r.Intn(len(letters))])
		}
		secret := "k" + value.String() + "9f3a7b21c4"
		if r.Intn(2) == 0 {
			secret = secret[1:]
		}
		m := masker(secret)
		check := func(text string) {
			t.Helper()
			got := m.String("<" + text + ">")
			if left := strings.Replace(got, redacted, "", 1); len(left) > len("<>") {
				t.Errorf("%q: %q became %q", secret, text, got)
			}
		}
		for _, write := range languages {
			var text strings.Builder
			for _, c := range secret {
				text.WriteString(write(r, c))
			}
			check(text.String())
		}
		digits := hex.EncodeToString([]byte(secret))
		if r.Intn(2) == 0 {
			digits = strings.ToUpper(digits)
		}
		for _, separator := range []string{"", " ", "  ", ":", "-", ",", ", ", ";", "; ", "\t", "\n", "\r\n", `\n`, " 0x", ",0x", ", 0x", ":0x"} {
			text := digits[:2]
			for i := 2; i < len(digits); i += 2 {
				text += separator + digits[i:i+2]
			}
			check(text)
		}
		encoded := base64.StdEncoding.EncodeToString([]byte(secret))
		bare := strings.TrimRight(encoded, "=")
		for _, text := range []string{base64.URLEncoding.EncodeToString([]byte(secret)), strings.ReplaceAll(encoded, "/", `\/`), url.QueryEscape(bare), strings.ReplaceAll(bare, "+", `\u002b`)} {
			check(text)
		}
		for _, end := range []string{"\n", "\r\n", `\n`, `\r\n`, "\n  ", "\n\t", "\r\n ", "\n    "} {
			for at := 1; at < 6; at++ {
				check(encoded[:at] + end + encoded[at:])
			}
		}
		if t.Failed() {
			return
		}
	}
}

// A text of quotes and backslashes has many readings, and they are followed as
// far as maxStates allows: up to eight backslashes in a row, escaped twice.
func TestMasker_FollowsEveryReading(t *testing.T) {
	r := seeded(t)
	for _, letters := range []string{`\"'`, `\"ab`, `'"`, "\\\n\r", `%&\`, `&;a#`, `"\/`, `$'\`} {
		for range 100 {
			value := "k"
			for range 8 + r.Intn(24) {
				value += string(letters[r.Intn(len(letters))])
			}
			if value += "z9"; strings.Contains(value, `\\\\\\\\\`) {
				continue
			}
			m := masker(value)
			for i, write := range languages {
				var text strings.Builder
				for _, c := range value {
					text.WriteString(write(r, c))
				}
				if got := m.String("<" + text.String() + ">"); got != "<"+redacted+">" {
					t.Errorf("%q in language %d: %q became %q", value, i, text.String(), got)
				}
			}
		}
	}
}

// A byte that is not UTF-8 is replaced by U+FFFD in a text, and so it is masked.
func TestMasker_MasksBytesThatAreNotUTF8(t *testing.T) {
	for _, value := range []string{"k\xff\xfe9f3A7b21c4", "\xff\xfe9f3A7b21c4", "9f3A7b21\xffc4", "\xefab1\xef9f3A7b21"} {
		m := masker(value)
		lossy := string([]rune(value))
		for _, text := range []string{value, lossy, inner(json.Marshal(value)), inner(json.Marshal(lossy))} {
			if got := m.String("<" + text + ">"); got != "<"+redacted+">" {
				t.Errorf("%q: %q became %q", value, text, got)
			}
		}
	}
}
