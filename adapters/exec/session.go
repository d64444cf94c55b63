package exec

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
)

// How long the program may take to end by itself, how long is waited for what is
// over at once unless the system is in trouble, and how much longer than the
// program itself for its answer: it knows best what took so long.
const (
	grace    = time.Second
	settle   = 2 * time.Second
	patience = time.Second
)

// session is the conversation with one running program.
type session struct {
	Config
	process  *process
	patience time.Duration // beyond Timeout
	outgoing chan []byte
	values   values

	mu      sync.Mutex
	last    int64 // the last request's id
	calls   map[int64]*call
	pending pending

	ending  sync.Once
	over    chan struct{} // closed when nothing more is said
	err     error         // why; set before over is closed
	gently  bool          // whether the program may end by itself; likewise
	hurry   chan struct{} // closed when it may not any more
	hurried sync.Once
	done    chan struct{} // closed when nothing is left of it here
}

// converse starts the conversation with p, which it owns.
func converse(c Config, p *process) *session {
	s := &session{
		Config: c, process: p, patience: patience, outgoing: make(chan []byte), calls: map[int64]*call{},
		over: make(chan struct{}), hurry: make(chan struct{}), done: make(chan struct{}),
	}
	s.values.addSecrets(c.Env)
	var streams, diagnosis sync.WaitGroup
	streams.Go(s.write)
	streams.Go(s.read)
	diagnosis.Go(s.listen)
	go s.supervise(&streams, &diagnosis)
	return s
}

// end ends the conversation; only the first reason counts.
func (s *session) end(reason error, gently bool) {
	s.ending.Do(func() {
		s.err, s.gently = reason, gently
		close(s.over)
	})
}

// write gives the program its requests, and at the end closes its input, which
// asks it to end.
func (s *session) write() {
	defer func() { _ = s.process.stdin.Close() }()
	for {
		select {
		case line := <-s.outgoing:
			if _, err := s.process.stdin.Write(line); err != nil {
				s.end(s.vanished("closed its input"), false)
				return
			}
		case <-s.over:
			return
		}
	}
}

// read takes the program's answers.
func (s *session) read() {
	lines := protocol.NewReader(s.process.stdout)
	for {
		var answer protocol.Answer
		err := lines.Read(&answer)
		if err == nil {
			if wrong := s.take(&answer); wrong != "" {
				err = lines.Broken(wrong)
			}
		}
		var broken *protocol.BreakError
		if errors.As(err, &broken) {
			s.end(s.broke(broken), false)
			return
		}
		if err != nil {
			s.end(s.vanished("closed its output"), false)
			return
		}
	}
}

// take gives an answer to the call that waits for it, and returns what is wrong
// with it, or the empty text.
func (s *session) take(a *protocol.Answer) string {
	s.values.addPlaintext(a.Value)
	for _, result := range a.Results {
		s.values.addPlaintext(result.Value)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c, found := s.calls[a.ID]
	switch {
	case !found && a.ID > 0 && a.ID <= s.last:
		return "it answers a request a second time"
	case !found:
		return "it answers no request"
	}
	if wrong := c.take(a); wrong != "" || a.More {
		return wrong
	}
	delete(s.calls, a.ID)
	if !c.left {
		c.done <- c.answer
	}
	return ""
}

// vanished is the error of a program that went away, and tells how it ended if
// it has.
func (s *session) vanished(how string) error {
	select {
	case <-s.process.ended:
		return s.gone(fmt.Sprintf("ended (%v)", s.process.cmd.ProcessState))
	case <-s.over:
	case <-time.After(settle):
	}
	return s.gone(how)
}

// supervise sees the program to its end once the conversation is over.
func (s *session) supervise(streams, diagnosis *sync.WaitGroup) {
	<-s.over
	if s.gently {
		select {
		case <-s.process.ended:
		case <-s.hurry:
		case <-time.After(grace):
		}
	}
	s.process.kill()
	select {
	case <-s.process.ended:
	case <-time.After(settle): // it runs as another user, or hangs in the kernel
	}
	heard := make(chan struct{})
	go func() {
		diagnosis.Wait()
		close(heard)
	}()
	select {
	case <-heard:
	case <-time.After(settle): // what has left the group holds it open
	}
	s.process.disconnect()
	streams.Wait()
	<-heard
	s.reportLast()
	close(s.done)
}

// close ends the session, in hurry without waiting for the program.
func (s *session) close(hurry bool) {
	s.end(s.closed(), !hurry)
	if hurry {
		s.hurried.Do(func() { close(s.hurry) })
	}
	<-s.done
}
