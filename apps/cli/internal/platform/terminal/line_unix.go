//go:build !windows

package terminal

import (
	"bytes"
	"unicode/utf8"
)

// The keys that edit a line.
const (
	ctrlD     = 0x04
	backspace = 0x08
	tab       = '\t'
	ctrlU     = 0x15
	ctrlW     = 0x17
	escape    = 0x1b
	del       = 0x7f
)

// event is what a key means to a prompt.
type event int

const (
	typing    event = iota
	entered         // the line is complete
	ended           // Ctrl-D on an empty line
	suspended       // the terminal's key for that, mostly Ctrl-Z
	pasted          // a paste is complete
)

// line is what is typed or pasted at a hidden prompt. Keys that send escape
// sequences, and control characters that edit nothing, are passed over; what the
// terminal marks as pasted is taken as it is, with \n for each of its line ends.
type line struct {
	text    []byte
	long    bool // more than maxLine came
	suspend byte // the key that suspends, 0 for none
	state   state
	matched int // how much of pasteEnd has come
	afterCR bool
	number  []byte // the parameters of a control sequence
}

// state is the position in an escape sequence.
type state int

const (
	plain   state = iota
	escaped       // after ESC
	control       // after ESC [
	single        // before the last byte of a sequence
	textual       // in one that ends with BEL or ESC \
	pasting       // between the two marks of a paste
)

const pasteEnd = "\x1b[201~"

// idle tells that no key came for a while: an ESC was typed alone.
func (l *line) idle() {
	if l.state == escaped {
		l.state = plain
	}
}

// key takes the next byte.
func (l *line) key(b byte) event {
	if l.state == pasting {
		return l.paste(b)
	}
	if b == '\r' || b == '\n' { // also within what looks like a sequence
		l.state = plain
		return entered
	}
	switch l.state {
	case escaped:
		l.state = l.introduced(b)
	case control:
		return l.control(b)
	case single:
		l.state = plain
	case textual:
		switch b {
		case escape:
			l.state = single
		case '\a':
			l.state = plain
		}
	default:
		return l.typed(b)
	}
	return typing
}

// introduced returns the state after ESC and b.
func (l *line) introduced(b byte) state {
	switch b {
	case '[':
		l.number = l.number[:0]
		return control
	case 'O':
		return single
	case ']', 'P', '_', '^', 'X':
		return textual
	case escape:
		return escaped
	}
	return plain // Alt and a key
}

// control takes a byte of a control sequence.
func (l *line) control(b byte) event {
	switch {
	case b == '[' && len(l.number) == 0: // a function key of the Linux console
		l.state = single
	case b < '@' || b > '~':
		const longest = 32
		if len(l.number) < longest {
			l.number = append(l.number, b)
		}
	case b == '~' && string(l.number) == "200":
		l.state, l.matched, l.afterCR = pasting, 0, false
	default:
		l.state = plain
	}
	return typing
}

// paste takes a byte of a paste or of the mark at its end.
func (l *line) paste(b byte) event {
	if b == pasteEnd[l.matched] {
		if l.matched++; l.matched == len(pasteEnd) {
			l.state = plain
			return pasted
		}
		return typing
	}
	for _, literal := range []byte(pasteEnd[:l.matched]) {
		l.add(literal)
	}
	l.matched = 0
	if b == escape {
		l.matched = 1
		return typing
	}
	if b == '\n' && l.afterCR {
		l.afterCR = false
		return typing
	}
	if l.afterCR = b == '\r'; l.afterCR {
		b = '\n'
	}
	l.add(b)
	return typing
}

// typed takes a byte outside of every sequence.
func (l *line) typed(b byte) event {
	switch {
	case b == escape:
		l.state = escaped
	case b == l.suspend && b != 0:
		return suspended
	case b == ctrlD && len(l.text) == 0:
		return ended
	case b == backspace, b == del:
		_, last := utf8.DecodeLastRune(l.text)
		l.text = l.text[:len(l.text)-last]
	case b == ctrlU:
		l.text, l.long = l.text[:0], false
	case b == ctrlW:
		l.text = bytes.TrimRight(l.text, " ")
		l.text = l.text[:bytes.LastIndexAny(l.text, " \n")+1]
	case b >= ' ', b == tab:
		l.add(b)
	}
	return typing
}

func (l *line) add(b byte) {
	if l.long = l.long || len(l.text) == maxLine; !l.long {
		l.text = append(l.text, b)
	}
}

// lines returns how many lines there are.
func (l *line) lines() int { return bytes.Count(l.value(), []byte("\n")) + 1 }

// value is the text without one line end at its end, as of a pipe.
func (l *line) value() []byte { return bytes.TrimSuffix(l.text, []byte("\n")) }
