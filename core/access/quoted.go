package access

import (
	"strconv"
	"strings"
	"unicode"
)

// Quoted returns text as a terminal shows it: what could hide a part of a question,
// such as a carriage return or a change of direction, is escaped.
func Quoted(text string) string {
	if strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) }) {
		return strconv.Quote(text)
	}
	return text
}
