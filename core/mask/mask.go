// Package mask replaces secret values in the output of workloads.
package mask

import (
	"strings"

	"github.com/thv-secrets/thv/core/secret"
)

// MinLen is the minimum length in bytes of a value that is masked. A shorter value occurs
// in harmless text, and its masked positions would reveal it.
const MinLen = 4

// A Masker finds a set of values in text and replaces them by [secret.Redacted].
//
// It finds the values themselves and their usual encodings: each byte may be escaped, as
// in URLs, JSON, HTML, CSV and common programming languages; the whole value may be in
// base64 at any position of a longer base64 text, in base32, in hexadecimal with or
// without separators, in UTF-16, or in upper or lower case. SECURITY.md has the list,
// which a test generates.
//
// It also finds parts: the first 12 or more bytes of a value, the lines with enough
// information of a value with several lines, the strings in JSON, YAML and env files that
// are secret by their name or their form, and the password in a URL. It omits parts with
// little information (see telling).
//
// A short and common value (see [Coverage]) is found only unencoded and as a whole word.
// If such a value is a number, true, false or null, it is not masked where it is a whole
// value of a JSON document. A longer number becomes 0 there, so that the document stays
// valid.
//
// Overlapping occurrences become one mark, so that nothing of them remains. Adjacent
// occurrences become one mark each. All other bytes are unchanged.
//
// A line end at the end of a value is ignored, so that a line with the value still ends.
// A value longer than 256 bytes is searched in pieces of that size, and every complete
// piece is masked.
//
// A nil or zero Masker masks nothing. A Masker is safe for concurrent use, and does not
// print its values.
type Masker struct {
	// patterns is a closure for the same reason as in [secret.Value].
	patterns func() *patterns
}

// New returns a Masker of values. It ignores values shorter than [MinLen] bytes, not
// counting line ends at the end. It does not retain the slice.
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

// Bytes returns text with the values masked: text itself if it contains none, otherwise a
// new slice.
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

// cursor is the progress in a text, in offsets.
type cursor struct {
	next   int  // the first position whose occurrence is not decided yet
	done   int  // everything before it is written or dropped
	region int  // the end of the last masked region
	marked bool // whether there has been a mark
	before byte // the byte before the text
}

// advance appends the part of text that can be written to dst, and moves c. Unless text is
// final, it stops before an end of text that may be the beginning of an occurrence.
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

// markOf returns the replacement of the first n bytes of text: [secret.Redacted], or 0 for
// a number that is a whole value of a JSON document, so that the document stays valid.
// sure is false if the decision needs the byte after the n bytes.
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

// mask replaces the part of text[c.next:end] that is not masked yet by mark.
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

// Coverage describes how well a [Masker] can hide a value.
type Coverage uint8

const (
	// Full means in all encodings.
	Full Coverage = iota
	// WordsOnly means unencoded, and only if no letter, digit or '_' is next to it. The
	// value has fewer than 8 digits, or fewer than 10 letters of one case.
	WordsOnly
	// Unmasked means not at all. The value has fewer than [MinLen] bytes.
	Unmasked
)

// CoverageOf returns how well value can be masked. It is [Full] for an empty value.
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
