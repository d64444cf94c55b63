package mask

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// begin calls found with every four bytes, or more, that an occurrence of p may
// begin with. found keeps nothing of what it gets.
func (p *pattern) begin(found func([]byte)) {
	var buffer [64]byte
	switch p.kind {
	case escaped:
		for i, s := range styles {
			p.grow(buffer[:0], 0, s, i == 0, found)
		}
	case hexed:
		p.beginHex(buffer[:0], found)
	case base64s, base32s:
		p.beginRadix(buffer[:0], found)
	default:
		found(append(buffer[:0], p.want[:MinLen]...))
	}
}

// style appends to text how it escapes the beginning of want.
type style struct {
	// every says that it may escape letters and digits too.
	every  bool
	append func(text []byte, want string) []byte
}

const lowerHex, upperHex = "0123456789abcdef", "0123456789ABCDEF"

// styles: the first escapes nothing.
var styles = []style{
	{false, func(text []byte, _ string) []byte { return text }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, '%'), want[0], lowerHex) }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, '%'), want[0], upperHex) }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, `\x`...), want[0], lowerHex) }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, `\x`...), want[0], upperHex) }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, `\\x`...), want[0], lowerHex) }},
	{true, func(text []byte, want string) []byte { return appendHex(append(text, `\\x`...), want[0], upperHex) }},
	{true, func(text []byte, want string) []byte { return appendUnit(append(text, `\u`...), want, lowerHex) }},
	{true, func(text []byte, want string) []byte { return appendUnit(append(text, `\u`...), want, upperHex) }},
	{true, func(text []byte, want string) []byte { return appendUnit(append(text, `\\u`...), want, lowerHex) }},
	{true, func(text []byte, want string) []byte { return appendUnit(append(text, `\\u`...), want, upperHex) }},
	{true, func(text []byte, want string) []byte {
		return append(text, '\\', '0'+want[0]>>6, '0'+want[0]>>3&7, '0'+want[0]&7)
	}},
	{false, func(text []byte, want string) []byte { // as Python's ascii()
		if r, size := utf8.DecodeRuneInString(want); size == 2 && r < 0x100 {
			text = appendHex(append(text, `\x`...), byte(r), lowerHex)
		}
		return text
	}},
	{true, func(text []byte, want string) []byte { return appendNumber(append(text, "&#"...), want, 10) }},
	{true, func(text []byte, want string) []byte { return appendNumber(append(text, "&#x"...), want, 16) }},
	{false, appendNamed},
	{false, func(text []byte, want string) []byte { return appendBackslashed(text, want[0], 1) }},
	{false, func(text []byte, want string) []byte { return appendBackslashed(text, want[0], 2) }},
	{false, func(text []byte, want string) []byte { return appendBackslashed(text, want[0], 3) }},
	{false, func(text []byte, want string) []byte {
		if doubles(want[0]) {
			text = append(text, want[0], want[0])
		}
		return text
	}},
	{false, appendFor('\'', `'\''`)}, {false, appendFor('\'', `'"'"'`)}, {false, appendFor('\'', `'\"'\"'`)},
	{false, appendFor(' ', "+")}, {false, appendFor('\n', "\r\n")}, {false, appendFor('\n', `\r\n`)},
}

// grow appends to prefix what want[k:] may begin with in a style, until it has
// four bytes.
func (p *pattern) grow(prefix []byte, k int, s style, used bool, found func([]byte)) {
	if len(prefix) >= MinLen || k == len(p.want) {
		if used && len(prefix) >= MinLen {
			found(prefix)
		}
		return
	}
	c := p.want[k]
	p.grow(append(prefix, c), k+1, s, used, found)
	if alphanumeric(c) && (!s.every || k > 0 && !used) {
		return
	}
	if next := s.append(prefix, p.want[k:]); len(next) > len(prefix) {
		p.grow(next, k+1, s, true, found)
	}
}

func appendHex(text []byte, c byte, digits string) []byte {
	return append(text, digits[c>>4], digits[c&15])
}

// appendUnit appends the number of a character's first UTF-16 unit.
func appendUnit(text []byte, want string, digits string) []byte {
	r, _ := utf8.DecodeRuneInString(want)
	unit := uint16(r)
	if high, _ := utf16.EncodeRune(r); high != utf8.RuneError {
		unit = uint16(high)
	}
	return append(text, digits[unit>>12], digits[unit>>8&15], digits[unit>>4&15], digits[unit&15])
}

func appendNumber(text []byte, want string, base int) []byte {
	r, _ := utf8.DecodeRuneInString(want)
	return append(strconv.AppendInt(text, int64(r), base), ';')
}

func appendNamed(text []byte, want string) []byte {
	if name := entityNames[want[0]]; name != "" {
		text = append(append(append(text, '&'), name...), ';')
	}
	return text
}

func appendBackslashed(text []byte, c byte, count int) []byte {
	if c >= utf8.RuneSelf {
		return text
	}
	for range count {
		text = append(text, '\\')
	}
	if c == '\\' && count > 1 {
		return text
	}
	return append(text, letterOf(c))
}

func appendFor(c byte, spelled string) func([]byte, string) []byte {
	return func(text []byte, want string) []byte {
		if want[0] == c {
			text = append(text, spelled...)
		}
		return text
	}
}

// entityNames are the shortest names by ASCII character.
var entityNames = func() (names [256]string) {
	for name, value := range entities {
		if value < utf8.RuneSelf {
			names[value] = name
		}
	}
	return names
}()

var (
	hexSeparators = []string{" ", ":", "-", ",", "\n", `\n`}
	hexFollowers  = []string{"  ", ", ", ",0", " 0", `,\`, ":0"}
)

func (p *pattern) beginHex(buffer []byte, found func([]byte)) {
	for _, digits := range []string{lowerHex, upperHex} {
		first := appendHex(buffer, p.want[0], digits)
		found(appendHex(first, p.want[1], digits))
		for _, separator := range hexSeparators {
			found(appendHex(append(first, separator...), p.want[1], digits))
		}
		for _, follower := range hexFollowers {
			found(append(first, follower...))
		}
	}
}

var radixEnds = []string{"\n", "\r\n", `\n`}

func (p *pattern) beginRadix(buffer []byte, found func([]byte)) {
	first := []byte(p.want[:MinLen])
	p.beginLines(buffer, first, found)
	switch {
	case p.kind == base32s:
		p.beginLines(buffer, bytes.ToLower(first), found)
	case bytes.ContainsAny(first, "+/"):
		p.beginLines(buffer, []byte(strings.NewReplacer("+", "-", "/", "_").Replace(string(first))), found)
		for _, way := range []string{`/\/`, "/%2F", "/%2f", "+%2B", "+%2b", `+\u002b`, `+\u002B`} {
			found([]byte(strings.ReplaceAll(string(first), way[:1], way[1:])))
		}
	}
}

// beginLines calls found with text, and with line ends in it.
func (p *pattern) beginLines(buffer, text []byte, found func([]byte)) {
	found(text)
	for i := 1; i < len(text); i++ {
		for _, end := range radixEnds {
			found(append(append(append(buffer, text[:i]...), end...), text[i:]...))
		}
	}
}
