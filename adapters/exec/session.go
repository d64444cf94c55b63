package exec

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
)

const (
	// grace is how long the program may take to exit after its input is closed.
	grace = time.Second
	// teardownTimeout bounds each step after that, which takes no time unless the
	// system is in trouble.
	teardownTimeout = 2 * time.Second
	// answerSlack is how much longer than Timeout a call waits for an answer. The
	// program applies Timeout itself, and its error says more about the cause.
	answerSlack = time.Second
)

// session is the conversation with one running program.
type session struct {
	Config
	process     *process
	answerSlack time.Duration // beyond Timeout
	outgoing    chan []byte
	values      values

	mu      sync.Mutex
	last    int64 // the last request's id
	calls   map[int64]*call
	pending pending

	ending   sync.Once
	over     chan struct{} // closed when the conversation has ended
	err      error         // the reason; set before over is closed
	graceful bool          // whether the program gets the grace period; likewise
	force    chan struct{} // closed to cut the grace period short
	forced   sync.Once
	done     chan struct{} // closed when the process and its goroutines are gone
}

// newSession starts the conversation with p, which the session owns.
func newSession(c Config, p *process) *session {
	s := &session{
		Config: c, process: p, answerSlack: answerSlack, outgoing: make(chan []byte), calls: map[int64]*call{},
		over: make(chan struct{}), force: make(chan struct{}), done: make(chan struct{}),
	}
	s.values.addSecrets(c.Env)
	var streams, diagnosis sync.WaitGroup
	streams.Go(s.write)
	streams.Go(s.read)
	diagnosis.Go(s.listen)
	go s.supervise(&streams, &diagnosis)
	return s
}

// end ends the conversation. Only the first call has an effect.
func (s *session) end(reason error, graceful bool) {
	s.ending.Do(func() {
		s.err, s.graceful = reason, graceful
		close(s.over)
	})
}

// write writes the requests to the program. At the end it closes the program's input,
// which tells it to exit.
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

// read reads the program's answers.
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

// take hands an answer to the call that waits for it. It returns what is wrong with the
// answer, or the empty text.
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

// vanished returns the error of a program that closed its input or output, with the
// exit status if it has exited.
func (s *session) vanished(how string) error {
	select {
	case <-s.process.ended:
		return s.gone(fmt.Sprintf("ended (%v)", s.process.cmd.ProcessState))
	case <-s.over:
	case <-time.After(teardownTimeout):
	}
	return s.gone(how)
}

// supervise ends the program and its goroutines once the conversation is over.
func (s *session) supervise(streams, diagnosis *sync.WaitGroup) {
	<-s.over
	if s.graceful {
		select {
		case <-s.process.ended:
		case <-s.force:
		case <-time.After(grace):
		}
	}
	s.process.kill()
	select {
	case <-s.process.ended:
	case <-time.After(teardownTimeout): // it runs as another user, or hangs in the kernel
	}
	heard := make(chan struct{})
	go func() {
		diagnosis.Wait()
		close(heard)
	}()
	select {
	case <-heard:
	case <-time.After(teardownTimeout): // a process that left the group holds it open
	}
	s.process.disconnect()
	streams.Wait()
	<-heard
	s.reportLast()
	close(s.done)
}

// close ends the session and waits for its end. With force it kills the program at once.
func (s *session) close(force bool) {
	s.end(s.closed(), !force)
	if force {
		s.forced.Do(func() { close(s.force) })
	}
	<-s.done
}
