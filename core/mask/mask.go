// Package mask replaces secret values in text that programs print.
package mask

import (
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// MinLen is the length in bytes from which a value is masked. A shorter one
// would be found in harmless text everywhere, and its places would give it away.
const MinLen = 4

// A Masker finds a set of values in text and replaces them by secret.Redacted.
//
// It finds the bytes themselves and the forms that programs print them in: each
// byte may be escaped, as in a URL, in JSON, in HTML, in CSV and by the usual
// programming languages; the whole may be base64 at any place of a longer base64
// text, base32, hexadecimal with or without separators, UTF-16, all in capitals
// or in small letters. SECURITY.md has the list, which a test writes.
//
// It finds parts too: the first 12 bytes or more of a value, the telling lines
// of a value of several lines, the strings that are secret by their name or
// their look in a value that is JSON, YAML or an env file, and the password of a
// URL. Parts of low information are left out (see telling).
//
// A short and common value (see Coverage) is found as a whole word only, and as
// it is only; a number, true, false or null stays where it is all of a value of
// a JSON document. A longer number becomes 0 there, so that the document is one.
//
// Occurrences that overlap become one mark, so nothing of any of them is left.
// Occurrences that only touch are a mark each. Every other byte stays as it is.
//
// A line end at the end of a value is not looked for, so that what prints a
// value and ends the line still ends the line. Of a value longer than 256 bytes
// any part is masked that fills one of the pieces that it is looked for in.
//
// A nil or zero Masker masks nothing. A Masker may be used by many goroutines
// and prints none of what it knows.
type Masker struct {
	// patterns is a closure for the same reason as in secret.Value.
	patterns func() *patterns
}

// New returns a Masker of values. Values shorter than MinLen bytes, not counting
// line ends at the end, are ignored. The slice stays the caller's.
func New(values []secret.Value) *Masker {
	f := forms{seen: make(map[string]bool, len(values))}
	for _, value := range values {
		f.value(string(value.Bytes()), 0)
	}
	if len(f.list) == 0 {
		return &Masker{}
	}
	compiled := compile(f.list)
	return &Masker{patterns: func() *patterns { return compiled }}
}

// Empty reports whether m masks nothing.
func (m *Masker) Empty() bool { return m == nil || m.patterns == nil }

// Bytes returns text with the values masked: text itself where there are none,
// else a new slice.
func (m *Masker) Bytes(text []byte) []byte {
	if m.Empty() {
		return text
	}
	var c cursor
	masked := m.patterns().advance(nil, text, &c, true)
	if !c.marked {
		return text
	}
	return masked
}

// String returns text with the values masked.
func (m *Masker) String(text string) string {
	if m.Empty() {
		return text
	}
	return string(m.Bytes([]byte(text)))
}

// cursor is how far a text has been dealt with, in offsets into it.
type cursor struct {
	next   int  // where the first occurrence may begin that is not decided yet
	done   int  // everything before it is written or dropped
	region int  // the end of the last masked region
	marked bool // whether there has been a mark
	before byte // what stood before the text
}

// advance appends to dst what can be written of text and moves c. It stops
// where text ends within what may become an occurrence, unless text is final.
func (p *patterns) advance(dst, text []byte, c *cursor, final bool) []byte {
	for c.next = p.candidate(text, c.next); c.next < len(text); c.next = p.candidate(text, c.next+1) {
		before := c.before
		if c.next > 0 {
			before = text[c.next-1]
		}
		length, open := p.match(text[c.next:], before, final)
		if length > 0 {
			mark, sure := markOf(text[c.next:], length, before)
			if !sure && !final {
				break
			}
			dst = c.mask(dst, text, c.next+length, mark)
		}
		if open && !final {
			break
		}
	}
	if c.next > c.done {
		dst = append(dst, text[c.done:c.next]...)
		c.done = c.next
	}
	return dst
}

// markOf returns what stands in the place of the first n bytes of text:
// secret.Redacted, or for a number that is all of a value of a JSON document, 0,
// so that the document stays one. It is not sure before there is a byte behind.
func markOf(text []byte, n int, before byte) (mark string, sure bool) {
	if !literal(text[:n]) || !opensValue(before) {
		return secret.Redacted, true
	}
	if n == len(text) {
		return secret.Redacted, false
	}
	if closesValue(text[n]) {
		return "0", true
	}
	return secret.Redacted, true
}

// mask puts a mark in the place of text[c.next:end], as far as that is not
// masked already.
func (c *cursor) mask(dst, text []byte, end int, mark string) []byte {
	if end <= c.done {
		return dst
	}
	if c.next > c.done {
		dst = append(dst, text[c.done:c.next]...)
	}
	extends := c.next < c.region && c.done == c.region
	if !extends {
		dst = append(dst, mark...)
	}
	c.done, c.region, c.marked = end, end, true
	return dst
}

// Coverage is how well a Masker can hide a value.
type Coverage uint8

const (
	// Full is in all forms.
	Full Coverage = iota
	// WordsOnly is as it is, where no letter, digit or '_' is beside it. The value
	// is under 8 digits, or under 10 letters of one case.
	WordsOnly
	// Unmasked is not at all. The value has less than MinLen bytes.
	Unmasked
)

// CoverageOf returns how well value can be masked. An empty value is Full:
// there is nothing to hide.
func CoverageOf(value secret.Value) Coverage {
	text := strings.TrimRight(string(value.Bytes()), "\r\n")
	switch {
	case text == "":
		return Full
	case len(text) < MinLen:
		return Unmasked
	case common(text):
		return WordsOnly
	}
	return Full
}
