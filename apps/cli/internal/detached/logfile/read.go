package logfile

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

// Entry is a line of a log, or a part of one.
type Entry struct {
	Time   time.Time `json:"time"`
	Stream string    `json:"stream"`
	Text   string    `json:"text"`
	// Partial is true if the line continues in the next Entry of the stream.
	Partial bool `json:"partial,omitempty"`
}

// Query selects the part of a log to read.
type Query struct {
	// Tail is the number of entries from the end; negative for all.
	Tail int
	// Since omits older entries, unless it is zero.
	Since time.Time
	// Previous reads the log that was moved aside.
	Previous bool
	// Follow continues with appended entries for as long as it returns true.
	Follow func() bool
}

// pollEvery is the poll interval of a followed log.
const pollEvery = 100 * time.Millisecond

// Read calls each for the entries of the log at path that q selects, and stops at an error of
// each. A log that does not exist yet has none; with Previous it is secret.ErrNotFound.
func Read(ctx context.Context, path string, q Query, each func(Entry) error) error {
	if q.Previous {
		path = olderPath(path)
	}
	r := &reader{path: path, query: q, each: each}
	defer r.close()
	if err := r.open(); err != nil {
		if q.Previous && errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: the log has not been moved aside yet", secret.ErrNotFound)
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
		}
	}
	if err := r.first(); err != nil || q.Follow == nil {
		return err
	}
	return r.follow(ctx)
}

type reader struct {
	path  string
	query Query
	each  func(Entry) error

	file *os.File
	buf  *bufio.Reader
	half []byte // a line that is not whole yet
}

func (r *reader) open() error {
	file, err := os.Open(r.path)
	if err == nil {
		r.file, r.buf, r.half = file, bufio.NewReaderSize(file, 64<<10), nil
	}
	return err
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close()
		r.file = nil
	}
}

// first reads the existing entries.
func (r *reader) first() error {
	if r.query.Tail < 0 {
		return r.rest(r.each)
	}
	var last []Entry
	err := r.rest(func(e Entry) error {
		// Divided, since twice the largest Tail would overflow.
		if last = append(last, e); len(last)/2-32 > r.query.Tail {
			last = append(last[:0], last[len(last)-r.query.Tail:]...)
		}
		return nil
	})
	for _, e := range last[max(0, len(last)-r.query.Tail):] {
		if err == nil {
			err = r.each(e)
		}
	}
	return err
}

// rest reads the whole lines up to the end of the file as it is.
func (r *reader) rest(each func(Entry) error) error {
	if r.file == nil {
		return nil
	}
	for {
		part, err := r.buf.ReadSlice('\n')
		r.half = append(r.half, part...)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
		}
		entry, ok := parse(r.half[:len(r.half)-1])
		r.half = r.half[:0]
		if !ok || entry.Time.Before(r.query.Since) {
			continue
		}
		if err := each(entry); err != nil {
			return err
		}
	}
}

// follow reads appended entries, also from the log that replaces this one.
func (r *reader) follow(ctx context.Context) error {
	for {
		goesOn := r.query.Follow() // before the last look, which then misses nothing
		if err := r.rest(r.each); err != nil {
			return err
		}
		if r.replaced() {
			if err := r.rest(r.each); err != nil { // what came before it was moved
				return err
			}
			r.close()
			if err := r.open(); err == nil {
				continue
			}
		}
		if !goesOn {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

func (r *reader) replaced() bool {
	there, err := os.Stat(r.path)
	if err != nil {
		return false
	}
	if r.file == nil {
		return true
	}
	open, err := r.file.Stat()
	return err == nil && !os.SameFile(there, open)
}

// Is reports whether the file at path is a log of this package: its first line is in
// the format.
func Is(path string) bool {
	file, err := os.Open(path)
	if err != nil {
		return false
	}
	defer file.Close()
	line, err := bufio.NewReader(io.LimitReader(file, maxFirst)).ReadSlice('\n')
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return false
	}
	_, ok := parse(bytes.TrimSuffix(line, []byte("\n")))
	return ok
}

// maxFirst bounds how much of a file Is reads, in bytes; a line of the format that is
// longer begins as one does.
const maxFirst = 4 << 10

// parse reads a line. It skips an invalid one, such as a line that a full disk cut.
func parse(line []byte) (Entry, bool) {
	stamp, rest, _ := bytes.Cut(line, []byte(" "))
	stream, rest, _ := bytes.Cut(rest, []byte(" "))
	tag, text, found := bytes.Cut(rest, []byte(" "))
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	if err != nil || !found || string(stream) != Out && string(stream) != Err {
		return Entry{}, false
	}
	return Entry{Time: at, Stream: string(stream), Text: string(text), Partial: string(tag) == "P"}, true
}
