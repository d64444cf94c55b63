// Package logfile implements a workload's log: a file in the format of the container runtime
// interface, with lines of the form
//
//	TIME stdout|stderr P|F TEXT
//
// with TIME in RFC 3339, P for a part of a line that continues and F for its end.
package logfile

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Limit is the size in bytes from which a log is moved aside. One older log is
// kept.
const Limit = 10 << 20

// Suffix and OlderSuffix follow a workload's name.
const (
	Suffix      = ".log"
	OlderSuffix = ".log.1"
)

// The names of the streams.
const (
	Out = "stdout"
	Err = "stderr"
)

// Log is a workload's log that is written. It may be used by many goroutines.
type Log struct {
	path string
	// limit is Limit but for tests.
	limit int64
	// problem is called with why the log cannot be written, and with nil once it can be
	// written again.
	problem func(error)

	mu     sync.Mutex
	file   *os.File
	size   int64
	failed bool
	line   bytes.Buffer
}

// New returns the log at path, which is created with mode 0600 by the first write. Its
// writers get no errors: if the log cannot be written, problem is called once, and what
// is written until it works again is lost.
func New(path string, problem func(error)) *Log {
	return &Log{path: path, limit: Limit, problem: problem}
}

// Stream returns the writer of one stream. It returns no errors.
func (l *Log) Stream(name string) io.Writer { return stream{l, name} }

type stream struct {
	log  *Log
	name string
}

// Write writes text with the time of now.
func (s stream) Write(text []byte) (int, error) {
	s.log.write(s.name, text, time.Now())
	return len(text), nil
}

func (l *Log) write(name string, text []byte, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.line.Reset()
	if l.failed {
		l.line.WriteByte('\n') // after what may be half a line
	}
	stamp := now.UTC().AppendFormat(nil, time.RFC3339Nano)
	for len(text) > 0 {
		line, rest, whole := bytes.Cut(text, []byte("\n"))
		l.line.Write(stamp)
		l.line.WriteString(" " + name + tag(whole))
		l.line.Write(line)
		l.line.WriteByte('\n')
		text = rest
	}
	l.report(l.append(l.line.Bytes()))
}

func tag(whole bool) string {
	if whole {
		return " F "
	}
	return " P "
}

// append writes text in one piece.
func (l *Log) append(text []byte) error {
	if l.file != nil && l.size+int64(len(text)) > l.limit {
		l.rotate()
	}
	if l.file == nil {
		if err := l.open(); err != nil {
			return err
		}
	}
	n, err := l.file.Write(text)
	l.size += int64(n)
	return err
}

func (l *Log) open() error {
	if err := os.MkdirAll(filepath.Dir(l.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return errors.Join(err, file.Close())
	}
	l.file, l.size = file, info.Size()
	return nil
}

// rotate renames the log. If that fails, the log continues in the same file.
func (l *Log) rotate() {
	_ = l.file.Close()
	l.file = nil
	if err := os.Rename(l.path, olderPath(l.path)); err != nil {
		l.problem(err)
	}
}

func olderPath(path string) string { return path[:len(path)-len(Suffix)] + OlderSuffix }

func (l *Log) report(err error) {
	if (err != nil) == l.failed {
		return
	}
	l.failed = err != nil
	l.problem(err)
}

// Close closes the file. A later write opens it again.
func (l *Log) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.file == nil {
		return nil
	}
	file := l.file
	l.file = nil
	return file.Close()
}

// Remove removes the log at path, and the older one.
func Remove(path string) (removed []string, err error) {
	for _, one := range []string{path, olderPath(path)} {
		switch e := os.Remove(one); {
		case e == nil:
			removed = append(removed, one)
		case !os.IsNotExist(e):
			err = errors.Join(err, e)
		}
	}
	return removed, err
}
