// Package printable makes text of others fit to be shown: names, paths, messages of
// other programs, what a file says. A terminal obeys some characters (ESC, carriage
// return, backspace), and some turn text around or hide it; all that is not printable
// in the sense of [unicode.IsPrint] is escaped or left out here.
//
// [Quoted] is for a field, [Line] for a sentence of another program, [JSON] for a
// document, and [Writer] for a whole stream that people read.
package printable

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// MaxField is the most bytes of a text that Quoted shows.
const MaxField = 1024

// Quoted returns text as it is if all of it can be printed, and else as a literal of Go,
// in quotes and on one line. Of a text longer than MaxField it shows the first bytes and
// its length.
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

// Line returns text as one line of at most limit bytes, with an ellipsis behind it if
// there was more. White space is one space; what else cannot be printed is as a literal
// of Go has it.
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

// JSON returns a document of JSON with the same meaning in which every character of its
// strings can be printed. Line ends and tabs outside of strings stay.
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

// Escape returns c as a string of JSON has it: \u202e, in two halves if it needs them.
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

// literal returns the character c, whose bytes are text, as it is if it can be printed,
// and else as a literal of Go has it.
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

// Is reports whether all of text can be printed on one line.
func Is(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) })
}

// cut returns at most limit bytes of text, and no part of a character that it cuts.
func cut(text string, limit int) string {
	for limit > 0 && !utf8.RuneStart(text[limit]) {
		limit--
	}
	return text[:limit]
}
