package printable

import (
	"io"
	"slices"
	"sync"
	"unicode/utf8"
)

// The maximum lengths of a line and of a word, a run without a space, in the output of a
// [Writer], in bytes. A word is cut earlier than a line, so that the text after a long name
// is visible.
const (
	MaxLine = 4096
	MaxWord = 2048
)

// Writer forwards readable text to another writer: line ends, tabs and printable characters
// unchanged, others escaped as in Go (\x1b, \u202e). The rest of a line after MaxLine, or of
// a word after MaxWord, becomes an ellipsis. It cannot know which line ends belong to
// untrusted text: a field that may contain one must be passed through [Quoted] or [Line]
// first.
//
// Each Write causes at most one Write of the other writer. Writer is safe for concurrent
// use.
type Writer struct {
	to io.Writer

	mu   sync.Mutex
	part []byte // an incomplete character from the last Write
	line int    // bytes shown of this line
	word int
}

// NewWriter returns a Writer that writes to the given writer.
func NewWriter(to io.Writer) *Writer { return &Writer{to: to} }

// Raw returns the other writer, for text that must not be escaped.
func (w *Writer) Raw() io.Writer { return w.to }

// Write forwards text. Its error is the other writer's.
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

// add appends the character c, whose bytes are text, to shown.
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
	if w.word > MaxWord { // the line continues after the word
		w.line = before
	}
	return shown
}
