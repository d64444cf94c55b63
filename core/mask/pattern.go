package mask

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"
)

// maxPattern bounds the bytes of a pattern. It bounds what a Writer holds back
// and what a comparison can cost, and with it the time that hostile text can take.
const maxPattern = 256

// cutAt is how much of a value is masked though the rest of it does not follow:
// programs cut long values off.
const cutAt = 12

// kind is how the bytes of a pattern stand in a text.
type kind uint8

const (
	plain   kind = iota // as they are
	word                // as they are, with no letter, digit or '_' beside them
	escaped             // as they are, or each by one of its escapes
	hexed               // as hexadecimal digits, with separators
	base64s             // the pattern is base64, of which the text may break lines
	base32s             // the same of base32, in either case
)

// pattern is something to look for.
type pattern struct {
	kind kind
	want string
	// least is how much of want is masked without the rest.
	least int
	// straight is how much of want has one reading only if a text has it as it is,
	// and none if it has a letter or a digit in its place.
	straight int
	// tail is what follows want where the value ends the encoded text: the
	// character that it shares with what follows, and padding. lineTail is the
	// same where a line end is encoded too.
	tail, lineTail string
}

// walk returns how much of the beginning of text is an occurrence, 0 if it is
// none, and whether more text may make it one, or a longer one. final says that
// there is no more.
func (p *pattern) walk(text []byte, final bool) (length int, open bool) {
	switch p.kind {
	case escaped:
		return p.walkEscaped(text)
	case hexed:
		return p.walkHex(text)
	case base64s, base32s:
		return p.walkRadix(text)
	}
	n := same(text, p.want)
	if n >= p.least {
		length = n
	}
	if p.kind == plain {
		return length, n == len(text) && n < len(p.want)
	}
	if length > 0 && (n < len(text) && wordly(text[n]) || n == len(text) && !final) {
		length = 0
	}
	return length, n == len(text)
}

// straightTo returns p.straight.
func (p *pattern) straightTo() int {
	switch p.kind {
	case plain, base64s:
		return len(p.want)
	case escaped:
		for i := range len(p.want) {
			switch c := p.want[i]; {
			case c == '%', c == '\\', c == '&', c == '\'', c == 0xEF:
				return i
			case i > 0 && c == p.want[i-1] && doubles(c): // two, or one that is doubled
				return i - 1
			}
		}
		return len(p.want)
	}
	return 0
}

// next returns the only letter or digit that can follow a window of four bytes of
// which p may begin, 0 if others can.
func (p *pattern) next(window uint32) byte {
	if p.straight > MinLen && p.least > MinLen && binary.BigEndian.Uint32([]byte(p.want[:MinLen])) == window {
		return p.want[MinLen]
	}
	return 0
}

// same returns how many bytes the beginnings of text and want have in common.
func same(text []byte, want string) int {
	n := min(len(text), len(want))
	i := 0
	for i+64 <= n && string(text[i:i+64]) == want[i:i+64] {
		i += 64
	}
	for ; i+8 <= n; i += 8 {
		differ := binary.LittleEndian.Uint64(text[i:]) ^ binary.LittleEndian.Uint64([]byte(want[i:i+8]))
		if differ != 0 {
			return i + bits.TrailingZeros64(differ)/8
		}
	}
	for i < n && text[i] == want[i] {
		i++
	}
	return i
}

// beside reports whether p may stand behind before and in front of what text has
// at n. A word does not touch another; and one that is all of a value of a JSON
// document is left, or the document would no longer be one.
func (p *pattern) beside(before byte, text []byte, n int) bool {
	if wordly(before) {
		return false
	}
	return n >= len(text) || !opensValue(before) || !closesValue(text[n]) || !literal([]byte(p.want))
}

// literal reports whether text is a number, true, false or null of JSON.
func literal(text []byte) bool {
	return strings.IndexByte("-0123456789tfn", text[0]) >= 0 && json.Valid(text)
}

// opensValue and closesValue report whether c may stand before and behind a value
// of a JSON document.
func opensValue(c byte) bool  { return strings.IndexByte(":,[ ", c) >= 0 }
func closesValue(c byte) bool { return strings.IndexByte(",]}", c) >= 0 }

func wordly(c byte) bool { return alphanumeric(c) || c == '_' }

func alphanumeric(c byte) bool {
	return c-'0' < 10 || c|0x20-'a' < 26
}

// appendCut appends p, cut into pieces of at most maxPattern that overlap so
// that a whole occurrence is one region.
func appendCut(patterns []pattern, p pattern) []pattern {
	if len(p.want) < MinLen {
		return patterns
	}
	whole, last := p.least >= len(p.want), max(0, len(p.want)-maxPattern)
	for at := 0; at < last; at += maxPattern - 1 {
		piece := pattern{kind: p.kind, want: p.want[at : at+maxPattern], least: maxPattern}
		if !whole {
			piece.least = min(p.least, maxPattern)
		}
		patterns = append(patterns, piece)
	}
	p.want = p.want[last:]
	p.least = min(p.least, len(p.want))
	return append(patterns, p)
}
