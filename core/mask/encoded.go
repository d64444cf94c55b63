package mask

import "strings"

// walkRadix compares base64 or base32, and skips line ends between the characters.
func (p *pattern) walkRadix(text []byte) (length int, open bool) {
	n := same(text, p.want)
	at := n
	for i := n; i < len(p.want); {
		if i >= p.least {
			length = at
		}
		size, ok, early := p.step(text[at:], p.want[i], i == 0)
		if !ok {
			return length, early
		}
		n = same(text[at+size:], p.want[i+1:])
		i, at = i+1+n, at+size+n
	}
	if p.tail == "" {
		return at, false
	}
	return p.walkTail(text, at)
}

// step compares the next character. A line end may precede it, unless it is the first.
func (p *pattern) step(text []byte, want byte, first bool) (size int, ok, early bool) {
	size, ok, early = p.digit(text, want)
	if ok || early || first {
		return size, ok, early
	}
	end, early := lineEnd(text)
	if early || end == 0 {
		return 0, false, early
	}
	size, ok, early = p.digit(text[end:], want)
	return end + size, ok, early
}

const longestPadding = 6 // base32's

// walkTail also accepts what follows want: the character whose first bits belong to the
// value, and padding.
func (p *pattern) walkTail(text []byte, at int) (length int, open bool) {
	if at == len(text) {
		return at, true
	}
	n := min(len(p.lineTail), len(text)-at)
	if p.lineTail[:n] == string(text[at:at+n]) {
		return at + n, n < len(p.lineTail)
	}
	if p.tail[0] != '=' {
		value, width := p.number(text[at]), 6
		if p.kind == base32s {
			width = 5
		}
		known := p.shared(width)
		if value < 0 || value>>(width-known) != p.number(p.tail[0])>>(width-known) {
			return at, false
		}
		at++
	}
	end := at + longestPadding
	for at < min(len(text), end) && text[at] == '=' {
		at++
	}
	return at, at == len(text) && at < end
}

// shared returns the number of bits of the tail's first character that belong to the value.
func (p *pattern) shared(width int) int {
	unused := 0 // the padding shows how many bits of the character are unused
	for _, c := range p.tail[1:] {
		if c == '=' {
			unused++
		}
	}
	if width == 6 {
		return 6 - 2*unused
	}
	return map[int]int{6: 3, 4: 1, 3: 4, 1: 2}[unused]
}

// digit compares one character. It accepts both alphabets of base64, and escaped '/' and
// '+'.
func (p *pattern) digit(text []byte, want byte) (size int, ok, early bool) {
	if len(text) == 0 {
		return 0, false, true
	}
	if p.number(text[0]) == p.number(want) {
		return 1, true, false
	}
	if want == '+' || want == '/' {
		if text[0] == '%' || text[0] == '\\' {
			if e, parsed := parseEscape(text); parsed {
				return e.size, e.value == rune(want), false
			} else if e.size == len(text) {
				return 0, false, true
			}
		}
		if want == '/' && text[0] == '\\' {
			return 2, len(text) > 1 && text[1] == '/', len(text) == 1
		}
	}
	return 0, false, false
}

// number returns the value of a digit, or -1.
func (p *pattern) number(c byte) int {
	switch {
	case p.kind == base32s && c >= '2' && c <= '7':
		return int(c-'2') + 26
	case c >= 'A' && c <= 'Z':
		return int(c - 'A')
	case c >= 'a' && c <= 'z' && p.kind == base32s:
		return int(c - 'a')
	case p.kind == base32s:
	case c >= 'a' && c <= 'z':
		return int(c-'a') + 26
	case c >= '0' && c <= '9':
		return int(c-'0') + 52
	case c == '+' || c == '-':
		return 62
	case c == '/' || c == '_':
		return 63
	}
	return -1
}

// maxLineEnd is the maximum length of a line end with empty lines and the next line's
// indent. It limits the text that a [Writer] holds back.
const maxLineEnd = 40

// lineEnd returns the size of a plain or escaped line end at the beginning of text,
// including the space after it. early reports whether text ends within one.
func lineEnd(text []byte) (size int, early bool) {
	for size < len(text) && size < maxLineEnd {
		switch c := text[size]; {
		case c == '\n' || c == '\r' || size > 0 && (c == ' ' || c == '\t'):
			size++
		case c == '\\' && size+1 == len(text):
			return size, true
		case c == '\\' && (text[size+1] == 'n' || text[size+1] == 'r'):
			size += 2
		default:
			return size, false
		}
	}
	return size, size > 0 && size == len(text)
}

// maxColumn is the maximum width of the printable column of a dump.
const maxColumn = 24

// walkHex compares pairs of hexadecimal digits, which may be divided by separators and by
// the text between the digits of two lines of a dump.
func (p *pattern) walkHex(text []byte) (length int, open bool) {
	at, end := 0, byte(0)
	for i := range len(p.want) {
		if i > 0 {
			size, row, early := p.gap(text[at:], p.want[i])
			if early {
				return length, true
			}
			if size < 0 {
				return length, false
			}
			at, end = at+size, max(end, row)
		}
		if ok, early := pair(text[at:], p.want[i]); early {
			return length, true
		} else if !ok {
			return length, false
		}
		at += 2
		if i+1 >= p.least {
			length = at
		}
	}
	if end == 0 {
		return at, false
	}
	size, early := lastColumn(text[at:], end == '\\')
	return at + size, early
}

// lastColumn returns the size of the text after the digits of a dump's last line, whose
// printable column contains the end of the value. In a quoted text it stays within the
// quotes.
func lastColumn(text []byte, quoted bool) (size int, early bool) {
	for size < len(text) && text[size] == ' ' && size < 60 {
		size++
	}
	for end := size + maxColumn; size < len(text) && size < end; size++ {
		switch c := text[size]; {
		case c == '\n' || quoted && c == '"':
			return size, false
		case quoted && c == '\\' && size+1 == len(text):
			return size, true
		case quoted && c == '\\' && text[size+1] == 'n':
			return size, false
		case quoted && c == '\\':
			size++
		}
	}
	return min(size, len(text)), size >= len(text)
}

func pair(text []byte, want byte) (ok, early bool) {
	if len(text) > 0 && hexDigit(text[0]) != int(want>>4) {
		return false, false
	}
	if len(text) < 2 {
		return false, true
	}
	return hexDigit(text[1]) == int(want&15), false
}

// gap returns the size of the text before the next pair, or -1 if no pair follows. row is
// the first byte of the line end if the gap leads from one line of a dump to the next.
func (p *pattern) gap(text []byte, want byte) (size int, row byte, early bool) {
	if ok, _ := pair(text, want); ok {
		return 0, 0, false
	}
	n := 0
	for n < 12 {
		size, early := separator(text[n:])
		if early {
			return 0, 0, true
		}
		if size == 0 {
			break
		}
		n += size
	}
	for _, prefix := range []string{"0x", "0X", `\\x`, `\x`, "%"} {
		m := min(len(prefix), len(text)-n)
		if m > 0 && string(text[n:n+m]) == prefix[:m] {
			if m < len(prefix) {
				return 0, 0, true
			}
			if ok, early := pair(text[n+m:], want); ok || early {
				return n + m, 0, early
			}
		}
	}
	if ok, early := pair(text[n:], want); ok || early {
		return n, 0, early
	}
	return nextRow(text, want)
}

// separator returns the size of a separator at the beginning of text, or 0. early reports
// whether text ends within an escaped separator.
func separator(text []byte) (size int, early bool) {
	switch {
	case len(text) == 0:
		return 0, false
	case strings.IndexByte(" \t\r\n:-,;", text[0]) >= 0:
		return 1, false
	case text[0] != '\\':
		return 0, false
	case len(text) == 1:
		return 0, true
	case strings.IndexByte("nrt", text[1]) >= 0:
		return 2, false
	}
	return 0, false
}

// nextRow returns the size of a dump's printable column, line end and the next line's
// offset.
func nextRow(text []byte, want byte) (size int, row byte, early bool) {
	n := 0
	for n < len(text) && text[n] != '\n' && (text[n] != '\\' || n+1 == len(text) || text[n+1] != 'n') {
		if n++; n > maxColumn+4 {
			return -1, 0, false
		}
	}
	if n > 1 && string(text[:2]) != "  " && text[0] != '\r' {
		return -1, 0, false
	}
	if n == len(text) {
		return 0, 0, true
	}
	if row = text[n]; row == '\\' {
		n++
	}
	n++
	offset := n
	for n < len(text) && n-offset < 17 && hexDigit(text[n]) >= 0 {
		n++
	}
	if n < len(text) && n-offset < 6 {
		return -1, 0, false
	}
	for n < len(text) && n-offset < 24 && (text[n] == ':' || text[n] == ' ') {
		n++
	}
	if n == len(text) {
		return 0, 0, true
	}
	ok, early := pair(text[n:], want)
	if !ok && !early {
		return -1, 0, false
	}
	return n, row, early
}
