package mask

import (
	"encoding/base32"
	"encoding/base64"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxEncoded is the maximum length of a value whose rarer forms are masked: a longer value is
// a file that is rarely printed in one piece.
const maxEncoded = 8 << 10

// forms collects the patterns of values.
type forms struct {
	list []pattern
	seen map[string]bool
}

// add adds text, a value or a part of one, unless it was added before. At least least bytes
// of it are masked even without the rest.
func (f *forms) add(text string, least int) {
	if len(text) < MinLen || f.seen[text] {
		return
	}
	f.seen[text] = true
	if common(text) {
		f.list = append(f.list, pattern{kind: word, want: text, least: len(text)})
		return
	}
	f.escaped(text, least)
	f.list = appendCut(f.list, pattern{kind: hexed, want: text, least: least})
	f.base64(text, least)
	if len(text) > maxEncoded {
		return
	}
	for _, other := range [...]string{strings.ToLower(text), strings.ToUpper(text)} {
		if other != text && len(text) >= 2*MinLen {
			f.list = appendCut(f.list, pattern{kind: plain, want: other, least: least})
		}
	}
	f.base32(text, least)
	f.utf16(text, least)
}

func (f *forms) escaped(text string, least int) {
	f.list = appendCut(f.list, pattern{kind: escaped, want: text, least: least})
}

// base64 adds text at each of the three offsets in a group at which it may begin. It omits
// the characters before text, and the one that they share with text.
func (f *forms) base64(text string, least int) {
	for before, skip := range []int{0, 2, 3} {
		whole := base64.StdEncoding.EncodeToString([]byte("\x00\x00"[:before] + text))
		alone := (before + len(text)) * 8 / 6 // characters that do not depend on bytes after text
		f.list = appendCut(f.list, pattern{
			kind: base64s, want: whole[skip:alone], tail: whole[alone:],
			lineTail: base64.StdEncoding.EncodeToString([]byte("\x00\x00"[:before] + text + "\n"))[alone:],
			least:    encodedLeast(least, len(text), alone-skip, 6),
		})
	}
}

func (f *forms) base32(text string, least int) {
	whole := base32.StdEncoding.EncodeToString([]byte(text))
	alone := len(text) * 8 / 5
	f.list = appendCut(f.list, pattern{
		kind: base32s, want: whole[:alone], tail: whole[alone:],
		lineTail: base32.StdEncoding.EncodeToString([]byte(text + "\n"))[alone:],
		least:    encodedLeast(least, len(text), alone, 5),
	})
}

// encodedLeast converts least to characters of the given number of bits.
func encodedLeast(least, length, characters, bits int) int {
	if least >= length {
		return characters
	}
	return min(characters, least*8/bits)
}

func (f *forms) utf16(text string, least int) {
	if !utf8.ValidString(text) {
		return
	}
	var little, big []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		little = append(little, byte(unit), byte(unit>>8))
		big = append(big, byte(unit>>8), byte(unit))
	}
	size := len(little)
	if least < len(text) {
		size = min(size, 2*least)
	}
	f.list = appendCut(f.list, pattern{kind: plain, want: string(little), least: size})
	f.list = appendCut(f.list, pattern{kind: plain, want: string(big), least: size})
}
