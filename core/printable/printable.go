// Package printable escapes untrusted text for output: names, paths, messages of other
// programs, contents of files. Some characters control a terminal (ESC, carriage return,
// backspace), and some reverse or hide text. Every character that is not printable by
// [unicode.IsPrint] is escaped or omitted.
//
// Use [Quoted] for a field, [Line] for a message of another program, [JSON] for a
// document, and [Writer] for a whole stream of readable output.
package printable

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxField is the maximum number of bytes of a text that [Quoted] shows.
const MaxField = 1024

// Quoted returns text unchanged if all of it is printable, and otherwise as a Go string
// literal on one line. Of a text longer than [MaxField] it shows the beginning and the
// length.
func Quoted(text string) string {
	rest := ""
	if len(text) > MaxField {
		rest = "… (" + strconv.Itoa(len(text)) + " bytes)"
		text = cut(text, MaxField)
	}
	if !Is(text) {
		text = strconv.Quote(text)
	}
	return text + rest
}

// Line returns text as one line of at most limit bytes, with an ellipsis after it if it was
// cut. White space becomes one space, and other characters that are not printable are
// escaped as in Go.
func Line(text string, limit int) string {
	text = strings.Join(strings.Fields(text), " ")
	if !Is(text) {
		text = escaped(text)
	}
	if len(text) <= limit {
		return text
	}
	return cut(text, limit) + "…"
}

// JSON returns a JSON document with the same meaning in which all characters of strings
// are printable. Line ends and tabs outside of strings are kept.
func JSON(document []byte) []byte {
	text := make([]byte, 0, len(document))
	for len(document) > 0 {
		c, size := utf8.DecodeRune(document)
		if c == '\n' || c == '\t' || unicode.IsPrint(c) {
			text = append(text, document[:size]...)
		} else {
			text = append(text, Escape(c)...)
		}
		document = document[size:]
	}
	return text
}

// Escape returns c as an escape of JSON, such as \u202e, or two for a surrogate pair.
func Escape(c rune) string {
	var text strings.Builder
	for _, half := range utf16.Encode([]rune{c}) {
		text.WriteString(`\u`)
		digits := strconv.FormatUint(uint64(half), 16)
		text.WriteString("0000"[len(digits):] + digits)
	}
	return text.String()
}

func escaped(text string) string {
	var b strings.Builder
	for i, size := 0, 0; i < len(text); i += size {
		var c rune
		c, size = utf8.DecodeRuneInString(text[i:])
		b.WriteString(literal(c, text[i:i+size]))
	}
	return b.String()
}

// literal returns the character c, whose bytes are text, unchanged if it is printable, and
// otherwise escaped as in Go.
func literal(c rune, text string) string {
	switch {
	case c == utf8.RuneError && len(text) == 1:
		return `\x` + strconv.FormatUint(uint64(text[0]), 16)
	case unicode.IsPrint(c):
		return text
	}
	quoted := strconv.QuoteRune(c)
	return quoted[1 : len(quoted)-1]
}

// Is reports whether all characters of text are printable on one line.
func Is(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}

// cut returns at most limit bytes of text, without a partial character at the end.
func cut(text string, limit int) string {
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
