package protocol

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/secret"
)

// MaxLine is the maximum length of a line in bytes, without its newline.
const MaxLine = 4 << 20

// BreakError is a violation of the protocol by the other side, whose further messages
// must be ignored. It wraps [secret.ErrUnavailable] and never repeats a message.
type BreakError struct {
	// Line is the number of the line, from 1.
	Line int
	// What is the violation.
	What string
}

// Error returns the number of the line and the violation.
func (e *BreakError) Error() string {
	return fmt.Sprintf("%v: the provider protocol is broken: line %d: %s", secret.ErrUnavailable, e.Line, e.What)
}

// Unwrap returns secret.ErrUnavailable.
func (e *BreakError) Unwrap() error { return secret.ErrUnavailable }

// Reader reads messages, one per line. It is not safe for concurrent use.
type Reader struct {
	lines *bufio.Reader
	long  []byte // holds a line that is longer than lines' buffer
	count int
}

// NewReader returns a Reader that reads from r. It keeps at most one line in memory.
func NewReader(r io.Reader) *Reader { return &Reader{lines: bufio.NewReaderSize(r, 64<<10)} }

// Line returns the number of the last line that was read, from 1.
func (r *Reader) Line() int { return r.count }

// Read reads the next line into message, a pointer to a [Request] or an [Answer]. It
// ignores unknown fields, including names in another case. At the end it returns io.EOF,
// and for a line that is not a message a [*BreakError]; other errors are those of the
// underlying reader.
func (r *Reader) Read(message any) error {
	line, err := r.next()
	if err != nil {
		return err
	}
	if !utf8.Valid(line) {
		return r.Broken("it is not UTF-8")
	}
	if trimmed := bytes.TrimLeft(line, " \t"); len(trimmed) == 0 || trimmed[0] != '{' {
		return r.Broken("it is not a JSON object")
	}
	exact(line)
	switch err := json.Unmarshal(line, message); {
	case errors.Is(err, errBase64):
		return r.Broken(errBase64.Error())
	case err != nil: // whose text may repeat the line's
		return r.Broken("it is not a JSON object of the protocol's form")
	}
	return nil
}

// Broken returns a [*BreakError] for the last line.
func (r *Reader) Broken(what string) error { return &BreakError{Line: r.count, What: what} }

// next returns the next line, which is valid until the next call.
func (r *Reader) next() ([]byte, error) {
	r.count++
	r.long = r.long[:0]
	for {
		part, err := r.lines.ReadSlice('\n')
		if err == nil && len(r.long) == 0 {
			return part[:len(part)-1], nil
		}
		r.long = append(r.long, part...)
		switch {
		case len(bytes.TrimSuffix(r.long, []byte("\n"))) > MaxLine:
			return nil, r.Broken(fmt.Sprintf("it is longer than %d bytes", MaxLine))
		case err == nil:
			return r.long[:len(r.long)-1], nil
		case errors.Is(err, io.EOF) && len(r.long) > 0:
			return nil, r.Broken("it ends in the middle")
		case !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}

// Writer writes messages, one per line. It is safe for concurrent use.
type Writer struct {
	mu  sync.Mutex
	to  io.Writer
	err error
}

// NewWriter returns a Writer that writes to w.
func NewWriter(w io.Writer) *Writer { return &Writer{to: w} }

// Write writes message, a [Request] or an [Answer], in one piece. If its line is longer
// than [MaxLine], Write returns [secret.ErrTooLarge] and writes nothing. After any other
// error part of the line may have been written, so all later calls return that error.
func (w *Writer) Write(message any) error {
	line, err := Line(message)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.err == nil {
		_, w.err = w.to.Write(line)
	}
	return w.err
}

// Line returns message as a line with its newline. It returns [secret.ErrTooLarge] if the
// line is longer than [MaxLine].
func Line(message any) ([]byte, error) {
	var line bytes.Buffer
	encoder := json.NewEncoder(&line)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(message); err != nil { // a time out of range; the text may hold anything
		return nil, fmt.Errorf("%w: the message has no form in JSON", secret.ErrUnavailable)
	}
	if line.Len() > MaxLine+1 {
		return nil, fmt.Errorf("%w: a message has at most %d bytes", secret.ErrTooLarge, MaxLine)
	}
	return line.Bytes(), nil
}
