package mask

import (
	"encoding/binary"
	"encoding/json"
	"math/bits"
	"strings"
)

// maxPattern is the maximum size of a pattern in bytes. It limits the text that a [Writer]
// holds back and the cost of a comparison, and so the time for hostile text.
const maxPattern = 256

// cutAt is the number of bytes of a value that are masked even without the rest, since
// programs truncate long values.
const cutAt = 12

// kind is the way in which a text contains the bytes of a pattern.
type kind uint8

const (
	plain   kind = iota // as they are
	word                // unchanged, with no letter, digit or '_' next to them
	escaped             // unchanged, or each escaped
	hexed               // as hexadecimal digits, with separators
	base64s             // the pattern is base64, and the text may have line breaks
	base32s             // the same of base32, in either case
)

// pattern is a sequence of bytes to find.
type pattern struct {
	kind kind
	want string
	// least is the number of bytes of want that are masked without the rest.
	least int
	// straight is the length of the beginning of want that has only one interpretation if a
	// text contains it unchanged, and none if the text has a letter or digit instead.
	straight int
	// tail follows want if the encoded text ends with the value: the character whose last
	// bits are unused, and padding. lineTail is the same for a value with an encoded line
	// end.
	tail, lineTail string
}

// walk returns the length of the occurrence at the beginning of text, or 0. open reports
// whether more text could complete or extend it; final is true if no text follows.
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
			case i > 0 && c == p.want[i-1] && doubles(c): // two, or one doubled
				return i - 1
			}
		}
		return len(p.want)
	}
	return 0
}

// next returns the only letter or digit that can follow a window of four bytes with which p
// may begin; 0 if several can.
func (p *pattern) next(window uint32) byte {
	if p.straight > MinLen && p.least > MinLen && binary.BigEndian.Uint32([]byte(p.want[:MinLen])) == window {
		return p.want[MinLen]
	}
	return 0
}

// same returns the length of the common prefix of text and want.
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

// beside reports whether p may occur between before and the byte of text at n. A word must
// not touch another one. A word that is a whole value of a JSON document is not masked, or
// the document would become invalid.
func (p *pattern) beside(before byte, text []byte, n int) bool {
	if wordly(before) {
		return false
	}
	return n >= len(text) || !opensValue(before) || !closesValue(text[n]) || !literal([]byte(p.want))
}

// literal reports whether text is a JSON number, true, false or null.
func literal(text []byte) bool {
	return strings.IndexByte("-0123456789tfn", text[0]) >= 0 && json.Valid(text)
}

// opensValue and closesValue report whether c may be before and after a value of a JSON
// document.
func opensValue(c byte) bool  { return strings.IndexByte(":,[ ", c) >= 0 }
func closesValue(c byte) bool { return strings.IndexByte(",]}", c) >= 0 }

func wordly(c byte) bool { return alphanumeric(c) || c == '_' }

func alphanumeric(c byte) bool {
	return c-'0' < 10 || c|0x20-'a' < 26
}

// appendCut appends p in pieces of at most maxPattern bytes. The pieces overlap, so that a
// whole occurrence is one region.
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
