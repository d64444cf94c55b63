package filestore

import (
	"bytes"
	"encoding/binary"
	"unicode/utf8"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
)

// Most stores of format 1 were written by Go's encoding/json, which writes no spaces and
// sorts the names. scan1 parses that form in one pass, several times faster than
// encoding/json. Any other form is parsed by encoding/json.

const (
	head1 = `{"secrets":{`
	tail1 = `}}`
	// prefix1 is the size of an entry without name, value and description.
	prefix1 = 28
)

// scan1 returns the secrets in plain, and false if plain does not have exactly the expected
// form and must be parsed by encoding/json. If scan1 returns true, encoding/json would have
// the same result.
func scan1(plain []byte) (entries.List, bool) {
	rest, found := bytes.CutPrefix(plain, []byte(head1))
	if !found || !utf8.Valid(plain) || hasControl(plain) {
		return nil, false
	}
	if string(rest) == tail1 {
		return nil, true
	}
	list := make(entries.List, 0, len(plain)+len(plain)/2)
	var last []byte
	for first := true; ; first = false {
		at := len(list)
		list = append(list, make([]byte, prefix1)...) // no description, times unknown
		ok := false
		if list, rest, ok = text1(list, rest, ':'); !ok {
			return nil, false
		}
		name := list[at+prefix1:]
		if !first && bytes.Compare(name, last) <= 0 {
			return nil, false
		}
		size := len(name)
		if list, rest, ok = text1(list, rest, 0); !ok {
			return nil, false
		}
		binary.BigEndian.PutUint32(list[at:], uint32(size))                        // bounded by the store's size
		binary.BigEndian.PutUint32(list[at+4:], uint32(len(list)-at-prefix1-size)) // bounded by the store's size
		last = list[at+prefix1 : at+prefix1+size]
		if string(rest) == tail1 {
			return list, true
		}
		if rest, ok = bytes.CutPrefix(rest, []byte(",")); !ok {
			return nil, false
		}
	}
}

// text1 appends the text of the JSON string at the beginning of from, and returns the rest
// after it and after then, which must follow unless it is 0.
func text1(to, from []byte, then byte) (text, rest []byte, ok bool) {
	if len(from) == 0 || from[0] != '"' {
		return to, from, false
	}
	end := bytes.IndexByte(from[1:], '"') + 1
	if end > 0 && bytes.IndexByte(from[1:end], '\\') < 0 {
		to, from = append(to, from[1:end]...), from[end+1:]
	} else if to, from, ok = escaped1(to, from[1:]); !ok {
		return to, from, false
	}
	if then == 0 {
		return to, from, true
	}
	if len(from) == 0 || from[0] != then {
		return to, from, false
	}
	return to, from[1:], true
}

// escaped1 appends the text of a JSON string whose first quote is before from.
func escaped1(to, from []byte) (text, rest []byte, ok bool) {
	for {
		at := bytes.IndexAny(from, `"\`)
		if at < 0 {
			return to, from, false
		}
		to = append(to, from[:at]...)
		if from[at] == '"' {
			return to, from[at+1:], true
		}
		size := 0
		if to, size = escape1(to, from[at:]); size == 0 {
			return to, from, false
		}
		from = from[at+size:]
	}
}

// hasControl reports whether text has a byte below the space, which must be escaped in JSON.
// It checks eight bytes at a time.
func hasControl(text []byte) bool {
	const ones = 0x0101010101010101
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		if (x-ones*' ')&^x&(ones<<7) != 0 {
			return true
		}
	}
	for _, c := range text {
		if c < ' ' {
			return true
		}
	}
	return false
}

// escape1 appends the character for the escape at the beginning of from, and returns the size
// of the escape, or 0 if encoding/json must parse it.
func escape1(to, from []byte) ([]byte, int) {
	if len(from) < 2 {
		return to, 0
	}
	if at := bytes.IndexByte([]byte(`"\/bfnrt`), from[1]); at >= 0 {
		return append(to, "\"\\/\b\f\n\r\t"[at]), 2
	}
	if from[1] != 'u' || len(from) < 6 {
		return to, 0
	}
	var r rune
	for _, c := range from[2:6] {
		digit := bytes.IndexByte([]byte("0123456789abcdef"), c|0x20)
		if digit < 0 || c < '0' {
			return to, 0
		}
		r = r<<4 | rune(digit)
	}
	if r >= 0xd800 && r < 0xe000 { // half of a pair
		return to, 0
	}
	return utf8.AppendRune(to, r), 6
}
