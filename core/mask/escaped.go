package mask

import (
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxStates is the maximum number of interpretations of a text that are followed at the same
// time: enough for eight consecutive backslashes, each written as four.
const maxStates = 32

// state has the numbers of bytes of a pattern and of a text that have been matched.
type state struct{ want, text int }

// walkEscaped compares text literally as long as it has only one interpretation, which is
// usually up to the end.
func (p *pattern) walkEscaped(text []byte) (length int, open bool) {
	n := same(text, p.want[:p.straight])
	if n == p.straight || n < len(text) && p.divides(text, n) {
		return p.follow(text, max(0, n-1))
	}
	if n >= p.least {
		length = n
	}
	return length, n == len(text)
}

// divides reports whether text, which equals want up to n and differs there, may be an
// escaped form of it.
func (p *pattern) divides(text []byte, n int) bool {
	switch text[n] {
	case '%', '\\', '&', '+', '\r', 0xEF:
		return true
	}
	return n > 0 && text[n] == p.want[n-1] && doubles(text[n])
}

// doubles reports whether a language escapes c by doubling it, to distinguish it from the
// end of a string or from a variable.
func doubles(c byte) bool { return strings.IndexByte("\"'`$%@^{}", c) >= 0 }

// follow follows every interpretation of text after the position from, up to which text
// equals want: "\\" may be two backslashes, or one escaped backslash.
func (p *pattern) follow(text []byte, from int) (length int, open bool) {
	var buffer [maxStates]state
	states := append(buffer[:0], state{from, from})
	for len(states) > 0 {
		var s state
		s, states = shortest(states)
		for s.want < len(p.want) && s.text < len(text) && text[s.text] == p.want[s.want] && alphanumeric(text[s.text]) {
			s.want, s.text = s.want+1, s.text+1
		}
		if s.want >= p.least {
			length = max(length, s.text)
		}
		if s.want == len(p.want) {
			continue
		}
		if s.text == len(text) {
			open = true
			continue
		}
		read(p.want[s.want:], text[s.text:], func(want, size int) {
			next := state{s.want + want, s.text + size}
			if len(states) < maxStates && !slices.Contains(states, next) {
				states = append(states, next)
			}
		}, &open)
	}
	return length, open
}

// shortest removes the state that has matched least of the pattern from states.
func shortest(states []state) (state, []state) {
	least := 0
	for i := range states {
		if states[i].want < states[least].want {
			least = i
		}
	}
	s := states[least]
	states[least] = states[len(states)-1]
	return s, states[:len(states)-1]
}

// read calls found for each interpretation of the beginning of text, with the number of
// bytes of want that it matches and its size in text. It sets open if text ends within an
// interpretation.
func read(want string, text []byte, found func(want, size int), open *bool) {
	c := want[0]
	if text[0] == c {
		found(1, 1)
	}
	switch text[0] {
	case '%', '\\', '&':
		if e, ok := parseEscape(text); !ok {
			*open = *open || e.size == len(text)
		} else if n := e.of(want); n > 0 {
			found(n, e.size)
		}
	case '+':
		if c == ' ' {
			found(1, 1)
		}
	case '\r':
		if c == '\n' {
			fixed("\r\n", text, func(n int) { found(1, n) }, open)
		}
	case 0xEF: // a byte that is not UTF-8, in JSON
		if r, size := utf8.DecodeRuneInString(want); r == utf8.RuneError && size == 1 {
			fixed("\uFFFD", text, func(n int) { found(1, n) }, open)
		}
	}
	if alphanumeric(c) || c >= utf8.RuneSelf {
		return
	}
	if text[0] == c && doubles(c) {
		doubled := [2]byte{c, c}
		fixed(string(doubled[:]), text, func(n int) { found(1, n) }, open)
	}
	if c == '\'' {
		fixed(`'\''`, text, func(n int) { found(1, n) }, open)
		fixed(`'"'"'`, text, func(n int) { found(1, n) }, open)
		fixed(`'\"'\"'`, text, func(n int) { found(1, n) }, open)
	}
	if text[0] == '\\' {
		backslashed(c, text, found, open)
	}
}

// fixed calls found if text begins with spelled, and sets open if text is a prefix of it.
func fixed(spelled string, text []byte, found func(int), open *bool) {
	n := min(len(spelled), len(text))
	if spelled[:n] != string(text[:n]) {
		return
	}
	if n == len(spelled) {
		found(n)
		return
	}
	*open = true
}

// backslashed reads c after one backslash, or after several if quoted text was quoted
// again.
func backslashed(c byte, text []byte, found func(want, size int), open *bool) {
	letter := letterOf(c)
	n := 0
	for n < len(text) && n < 4 && text[n] == '\\' {
		n++
		if c == '\\' && n&(n-1) == 0 {
			found(1, n)
		}
	}
	if c == '\\' {
		*open = *open || n == len(text)
		return
	}
	switch {
	case n == len(text):
		*open = true
	case text[n] == letter:
		found(1, n+1)
	}
	// "\r\n" for a line end.
	if c == '\n' && n+1 < len(text) && text[n] == 'r' {
		rest := text[n+1:]
		m := 0
		for m < len(rest) && rest[m] == '\\' && m < 4 {
			m++
		}
		if m > 0 && m < len(rest) && rest[m] == 'n' {
			found(1, n+1+m+1)
		}
		*open = *open || m == len(rest)
	}
}

// letterOf returns the letter that represents c after a backslash.
func letterOf(c byte) byte {
	const short, letters = "\n\r\t\b\f\a\v\x1b\x00", "nrtbfave0"
	if i := strings.IndexByte(short, c); i >= 0 {
		return letters[i]
	}
	return c
}

// escape is a character or byte that is written by its number or name.
type escape struct {
	value  rune
	isByte bool // value may be one of the bytes of a character
	size   int
}

// of returns the number of bytes at the beginning of want that e represents, or 0.
func (e escape) of(want string) int {
	if rune(want[0]) == e.value && (e.isByte || e.value < utf8.RuneSelf) {
		return 1
	}
	if r, size := utf8.DecodeRuneInString(want); r == e.value {
		return size
	}
	return 0
}

// parseEscape parses %HH, \xHH, \ooo, \uHHHH, \UHHHHHHHH, &#N;, &#xH; and the named entities
// of the characters that HTML escapes. The backslash may be doubled. If ok is false and the
// size is len(text), text ends within an escape.
func parseEscape(text []byte) (e escape, ok bool) {
	switch text[0] {
	case '%':
		return digits(text, 1, 2, 16, true)
	case '&':
		return entity(text)
	}
	n := 1
	for n < len(text) && n < 4 && text[n] == '\\' {
		n++
	}
	if n == len(text) {
		return escape{size: n}, false
	}
	switch text[n] {
	case 'x':
		return digits(text, n+1, 2, 16, true)
	case 'U':
		return digits(text, n+1, 8, 16, false)
	case 'u':
		return unicode16(text, n)
	case '0', '1', '2', '3':
		return digits(text, n, 3, 8, true)
	}
	return escape{}, false
}

func digits(text []byte, at, count int, base rune, isByte bool) (escape, bool) {
	var value rune
	for i := range count {
		if at+i >= len(text) {
			return escape{size: len(text)}, false
		}
		digit := rune(hexDigit(text[at+i]))
		if digit < 0 || digit >= base {
			return escape{}, false
		}
		value = value*base + digit
	}
	return escape{value: value, isByte: isByte, size: at + count}, true
}

func hexDigit(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c >= 'a' && c <= 'f':
		return int(c-'a') + 10
	case c >= 'A' && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// unicode16 parses \uHHHH, or two of them as a surrogate pair.
func unicode16(text []byte, backslashes int) (escape, bool) {
	e, ok := digits(text, backslashes+1, 4, 16, false)
	if !ok || !utf16.IsSurrogate(e.value) {
		return e, ok
	}
	rest := text[e.size:]
	for i := range backslashes + 1 {
		if i == len(rest) {
			return escape{size: len(text)}, false
		}
		if want := byte('\\'); i < backslashes && rest[i] != want || i == backslashes && rest[i] != 'u' {
			return e, true
		}
	}
	low, ok := digits(text, e.size+backslashes+1, 4, 16, false)
	if !ok {
		return low, false
	}
	return escape{value: utf16.DecodeRune(e.value, low.value), size: low.size}, true
}

var entities = map[string]rune{
	"amp": '&', "lt": '<', "gt": '>', "quot": '"', "apos": '\'', "sol": '/', "bsol": '\\', "plus": '+', "equals": '=',
	"nbsp": '\u00a0', "num": '#', "dollar": '$', "percnt": '%', "excl": '!', "colon": ':', "semi": ';', "commat": '@',
	"lpar": '(', "rpar": ')', "grave": '`', "lowbar": '_', "period": '.', "comma": ',', "quest": '?', "ast": '*',
}

const longestEntity = 8

func entity(text []byte) (escape, bool) {
	end := 1
	for end < len(text) && end <= longestEntity+2 && (alphanumeric(text[end]) || end == 1 && text[end] == '#') {
		end++
	}
	if end == len(text) {
		return escape{size: end}, false
	}
	if text[end] != ';' || end < 3 {
		return escape{}, false
	}
	name := text[1:end]
	if name[0] != '#' {
		value, known := entities[string(name)]
		return escape{value: value, size: end + 1}, known
	}
	base, number := rune(10), name[1:]
	if number[0] == 'x' || number[0] == 'X' {
		base, number = 16, number[1:]
	}
	var value rune
	for _, c := range number {
		digit := rune(hexDigit(c))
		if digit < 0 || digit >= base || value > utf8.MaxRune {
			return escape{}, false
		}
		value = value*base + digit
	}
	return escape{value: value, size: end + 1}, true
}
