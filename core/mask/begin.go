package mask

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// begin calls found with every sequence of four or more bytes that an occurrence of p may
// begin with. found must not retain its argument.
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

// spelling appends to text a way in which a language may write the beginning of want, or
// nothing if the language does not write it that way.
type spelling func(text []byte, want string) []byte

// style has the spellings of a language.
type style struct {
	// every is true if the first spelling also applies to letters and digits.
	every     bool
	spellings []spelling
}

const lowerHex, upperHex = "0123456789abcdef", "0123456789ABCDEF"

// styles are the styles of all languages. The first is the unchanged text.
var styles = []style{
	{false, nil},
	{true, []spelling{byteIn(`%`, lowerHex), insteadOf(' ', "+")}},
	{true, []spelling{byteIn(`%`, upperHex), insteadOf(' ', "+")}},
	{true, []spelling{byteIn(`\x`, lowerHex), backslashes(1)}},
	{true, []spelling{byteIn(`\x`, upperHex), backslashes(1)}},
	{true, []spelling{byteIn(`\\x`, lowerHex), backslashes(2)}},
	{true, []spelling{byteIn(`\\x`, upperHex), backslashes(2)}},
	{true, []spelling{unitIn(`\u`, lowerHex), backslashes(1)}},
	{true, []spelling{unitIn(`\u`, upperHex), backslashes(1)}},
	{true, []spelling{unitIn(`\\u`, lowerHex), backslashes(2)}},
	{true, []spelling{unitIn(`\\u`, upperHex), backslashes(2)}},
	{true, []spelling{func(text []byte, want string) []byte {
		return append(text, '\\', '0'+want[0]>>6, '0'+want[0]>>3&7, '0'+want[0]&7)
	}, backslashes(1)}},
	{false, []spelling{func(text []byte, want string) []byte { // as Python's ascii()
		if r, size := utf8.DecodeRuneInString(want); size == 2 && r < 0x100 {
			text = appendHex(append(text, `\x`...), byte(r), lowerHex)
		}
		return text
	}, backslashes(1)}},
	{false, []spelling{backslashes(3)}},
	{true, []spelling{numberIn("&#%d;")}},
	{true, []spelling{numberIn("&#x%x;")}},
	{true, []spelling{numberIn("&#x%X;")}},
	{false, []spelling{appendNamed}},
	{false, []spelling{func(text []byte, want string) []byte {
		if doubles(want[0]) {
			text = append(text, want[0], want[0])
		}
		return text
	}}},
	{false, []spelling{insteadOf('\'', `'\''`)}},
	{false, []spelling{insteadOf('\'', `'"'"'`)}},
	{false, []spelling{insteadOf('\'', `'\"'\"'`)}},
	{false, []spelling{func(text []byte, want string) []byte {
		if r, size := utf8.DecodeRuneInString(want); r == utf8.RuneError && size == 1 {
			text = append(text, "\uFFFD"...)
		}
		return text
	}}},
	{false, []spelling{insteadOf('\n', "\r\n")}},
	{false, []spelling{insteadOf('\n', `\r\n`)}},
}

// grow appends the possible beginnings of want[k:] in a style to prefix, until it has four
// bytes, and then calls found.
func (p *pattern) grow(prefix []byte, k int, s style, used bool, found func([]byte)) {
	if len(prefix) >= MinLen || k == len(p.want) {
		if used && len(prefix) >= MinLen {
			found(prefix)
		}
		return
	}
	c := p.want[k]
	p.grow(append(prefix, c), k+1, s, used, found)
	for i, spell := range s.spellings {
		if alphanumeric(c) && (i > 0 || !s.every || k > 0 && !used) {
			continue
		}
		if next := spell(prefix, p.want[k:]); len(next) > len(prefix) {
			p.grow(next, k+1, s, true, found)
		}
	}
}

func appendHex(text []byte, c byte, digits string) []byte {
	return append(text, digits[c>>4], digits[c&15])
}

// byteIn returns a spelling of a byte as mark and two digits.
func byteIn(mark, digits string) spelling {
	return func(text []byte, want string) []byte { return appendHex(append(text, mark...), want[0], digits) }
}

// unitIn returns a spelling of a character as mark and the number of its first UTF-16 unit.
func unitIn(mark, digits string) spelling {
	return func(text []byte, want string) []byte {
		r, _ := utf8.DecodeRuneInString(want)
		unit := uint16(r)
		if high, _ := utf16.EncodeRune(r); high != utf8.RuneError {
			unit = uint16(high)
		}
		text = append(text, mark...)
		return appendHex(appendHex(text, byte(unit>>8), digits), byte(unit), digits)
	}
}

// numberIn returns a spelling of a character as its number.
func numberIn(format string) spelling {
	return func(text []byte, want string) []byte {
		r, _ := utf8.DecodeRuneInString(want)
		return fmt.Appendf(text, format, r)
	}
}

func appendNamed(text []byte, want string) []byte {
	if name := entityNames[want[0]]; name != "" {
		text = append(append(append(text, '&'), name...), ';')
	}
	return text
}

// backslashes returns a spelling with count backslashes before a byte, or before the letter
// that represents it.
func backslashes(count int) spelling {
	return func(text []byte, want string) []byte {
		if want[0] >= utf8.RuneSelf {
			return text
		}
		for range count {
			text = append(text, '\\')
		}
		if want[0] == '\\' && count > 1 {
			return text
		}
		return append(text, letterOf(want[0]))
	}
}

func insteadOf(c byte, spelled string) spelling {
	return func(text []byte, want string) []byte {
		if want[0] == c {
			text = append(text, spelled...)
		}
		return text
	}
}

// entityNames are the shortest HTML entity names, by ASCII character.
var entityNames = func() (names [256]string) {
	for name, value := range entities {
		if value < utf8.RuneSelf {
			names[value] = name
		}
	}
	return names
}()

// A byte in hexadecimal is followed by one of hexSeparators and the next byte's
// first digit, or by one of hexFollowers.
var (
	hexSeparators = []string{" ", ":", "-", ",", ";", "\t", "\n"}
	hexFollowers  = []string{"  ", ", ", "; ", ",0", " 0", ":0", ";0", `,\`, "\r\n", `\n`, `\r`, `\t`}
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

// radixEnds are the line ends, with the possible indents of the next line.
var radixEnds = []string{"\n", "\n ", "\n  ", "\n\t", "\r\n", "\r\n ", "\r\n\t", `\n`, `\r\n`}

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

// beginLines calls found with text, and with text that has a line end inserted.
func (p *pattern) beginLines(buffer, text []byte, found func([]byte)) {
	found(text)
	for i := 1; i < len(text); i++ {
		for _, end := range radixEnds {
			found(append(append(append(buffer, text[:i]...), end...), text[i:]...))
		}
	}
}
