// Package mask replaces secret values in text that programs print.
package mask

import (
	"github.com/thv-secrets/thv/core/secret"
)

// MinLen is the length in bytes from which a value is masked. A shorter one
// would be found in harmless text everywhere, and its places would give it away.
const MinLen = 4

// A Masker finds a set of values in text and replaces them by secret.Redacted.
//
// It finds the bytes themselves and the forms that programs print them in:
// base64 (standard and URL alphabet, at any place of a longer base64 text,
// wrapped into lines), hexadecimal, URL-escaped, JSON-escaped, quoted for a
// shell or a programming language, and each line of a value of several lines,
// without the space around it.
//
// Occurrences that overlap become one mark, so nothing of any of them is left.
// Occurrences that only touch are a mark each. Every other byte stays as it is.
// What is not masked: the one base64 character at either end that a value
// shares with its neighbours, a form of several transformations one after the
// other, and a form that is broken up by colours or line breaks.
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
	var forms []string
	for _, value := range values {
		forms = appendForms(forms, string(value.Bytes()))
	}
	if len(forms) == 0 {
		return &Masker{}
	}
	compiled := compile(forms)
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
}

// advance appends to dst what can be written of text and moves c. It stops
// where text ends within what may become an occurrence, unless text is final.
func (p *patterns) advance(dst, text []byte, c *cursor, final bool) []byte {
	for c.next = p.candidate(text, c.next); c.next < len(text); c.next = p.candidate(text, c.next+1) {
		length, open := p.match(text[c.next:])
		if length > 0 {
			dst = c.mask(dst, text, c.next+length)
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

// mask puts a mark in the place of text[c.next:end], as far as that is not
// masked already.
func (c *cursor) mask(dst, text []byte, end int) []byte {
	if end <= c.done {
		return dst
	}
	if c.next > c.done {
		dst = append(dst, text[c.done:c.next]...)
	}
	extends := c.next < c.region && c.done == c.region
	if !extends {
		dst = append(dst, secret.Redacted...)
	}
	c.done, c.region, c.marked = end, end, true
	return dst
}
