package printable

import (
	"io"
	"slices"
	"sync"
	"unicode/utf8"
)

// What a Writer shows of a line, and of a run of characters without a space, in bytes.
// A word is cut before a line is, so that the sentence behind a long name is seen.
const (
	MaxLine = 4096
	MaxWord = 2048
)

// Writer passes text for people on to another writer: line ends, tabs and what can be
// printed as they are, anything else as a literal of Go has it (\x1b, \u202e). What is
// more of a line than MaxLine, or of a word than MaxWord, is an ellipsis. It does not
// know whose a line end is: a field that may hold one goes through Quoted or Line first.
//
// Each Write is at most one Write of the other writer. It may be used by many goroutines.
type Writer struct {
	to io.Writer

	mu   sync.Mutex
	part []byte // of a character that the last Write has cut
	line int    // bytes shown of this line
	word int
}

// NewWriter returns a Writer to the writer to.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Raw returns the other writer, for what is to pass as it is.
func (w *Writer) Raw() io.Writer { return w.to }

// Write passes text on. It returns the error of the other writer.
func (w *Writer) Write(text []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	rest := slices.Concat(w.part, text)
	shown := make([]byte, 0, len(rest))
	for len(rest) > 0 && utf8.FullRune(rest) {
		c, size := utf8.DecodeRune(rest)
		shown = w.add(shown, c, string(rest[:size]))
		rest = rest[size:]
	}
	w.part = slices.Clone(rest)
	if len(shown) == 0 {
		return len(text), nil
	}
	if _, err := w.to.Write(shown); err != nil {
		return 0, err
	}
	return len(text), nil
}

// add adds the character c, whose bytes are text, to what is shown.
func (w *Writer) add(shown []byte, c rune, text string) []byte {
	switch {
	case c == '\n':
		w.line, w.word = 0, 0
		return append(shown, '\n')
	case c != '\t':
		text = literal(c, text)
	}
	before, begun := w.line, w.word
	w.line += len(text)
	if w.word += len(text); c == ' ' || c == '\t' {
		w.word, begun = 0, 0
	}
	switch {
	case w.line <= MaxLine && w.word <= MaxWord:
		return append(shown, text...)
	case before <= MaxLine && begun <= MaxWord:
		return append(shown, "…"...)
	}
	if w.word > MaxWord { // the line goes on behind the word
		w.line = before
	}
	return shown
}
