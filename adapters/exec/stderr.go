package exec

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"strings"
)

// maxPending is the maximum length of standard error that waits to be logged.
const maxPending = 64 << 10

// pending is standard error that is not logged yet. The session's lock protects it. Only whole
// lines are dropped, since a part of a value would not be masked.
type pending struct {
	text    []byte
	dropped int  // bytes that did not fit
	full    bool // whether everything is dropped until the text is taken
	within  bool // whether the rest of a line is dropped
}

func (p *pending) add(text []byte) {
	if p.within && !p.full {
		end := bytes.IndexByte(text, '\n') + 1
		p.within = end == 0
		if p.within {
			end = len(text)
		}
		p.dropped += end
		text = text[end:]
	}
	kept := min(len(text), maxPending-len(p.text))
	if p.full {
		kept = 0
	}
	p.text = append(p.text, text[:kept]...)
	p.dropped += len(text) - kept
	if kept < len(text) && !p.full {
		lines := bytes.LastIndexByte(p.text, '\n') + 1
		p.dropped += len(p.text) - lines
		p.text, p.full, p.within = p.text[:lines], true, true
	}
}

// take returns the first n bytes, and how many were dropped.
func (p *pending) take(n int) (text string, dropped int) {
	text, dropped = string(p.text[:n]), p.dropped
	p.text, p.dropped, p.full = p.text[:copy(p.text, p.text[n:])], 0, false
	return text, dropped
}

// listen reads the executable's standard error to its end.
func (s *session) listen() {
	if !s.Logger.Enabled(context.Background(), slog.LevelDebug) {
		_, _ = io.Copy(io.Discard, s.process.stderr)
		return
	}
	buffer := make([]byte, 8<<10)
	for {
		n, err := s.process.stderr.Read(buffer)
		s.mu.Lock()
		s.pending.add(buffer[:n])
		s.mu.Unlock()
		s.report()
		if err != nil {
			return
		}
	}
}

// report logs the pending text if it is full and no request is pending, whose values the text
// may contain. Otherwise the text waits for the end, when most values are known.
func (s *session) report() {
	s.mu.Lock()
	if len(s.calls) > 0 || !s.pending.full {
		s.mu.Unlock()
		return
	}
	text, dropped := s.pending.take(len(s.pending.text))
	s.mu.Unlock()
	s.log(text, dropped)
}

// reportLast logs the pending text after the exit, up to the first request whose values were
// never received, since the text after it may contain them.
func (s *session) reportLast() {
	s.mu.Lock()
	end := len(s.pending.text)
	for _, c := range s.calls {
		if c.reads() {
			end = min(end, c.mark)
		}
	}
	text, dropped := s.pending.take(end)
	withheld := len(s.pending.text)
	s.mu.Unlock()
	s.log(text, dropped)
	if withheld > 0 {
		s.Logger.Debug("the rest that the provider's program printed is not shown, since it may hold values that it did not answer",
			"provider", s.Name, "bytes", withheld)
	}
}

func (s *session) log(text string, dropped int) {
	masked, shown := s.values.mask(text)
	if !shown {
		s.Logger.Debug("what the provider's program printed is not shown, since it was given or has answered too much to mask",
			"provider", s.Name, "bytes", len(text))
	}
	for line := range strings.Lines(masked) {
		s.Logger.Debug("the provider's program printed", "provider", s.Name, "text", strings.TrimRight(line, "\r\n"))
	}
	if dropped > 0 {
		s.Logger.Debug("the provider's program printed more than is kept", "provider", s.Name, "bytes", dropped)
	}
}
