package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

// call is a request without a complete answer. The session's lock protects it.
type call struct {
	op     protocol.Op
	refs   int                  // number of expected results
	mark   int                  // length of the pending standard error at the request
	answer protocol.Answer      // the pages received so far
	size   int                  // of all its pages
	left   bool                 // the caller has stopped waiting
	done   chan protocol.Answer // takes one
}

// reads reports whether the answer contains values.
func (c *call) reads() bool { return c.op == protocol.OpGet || c.op == protocol.OpGetAll }

// take adds a page, which it owns from then on. It returns what is wrong with the page, or "".
func (c *call) take(a *protocol.Answer) string {
	if wrong := a.Fits(c.op); wrong != "" {
		return wrong
	}
	if a.More && len(a.Results)+len(a.Items) == 0 {
		return "a page is empty and not the last one"
	}
	c.size += a.Size()
	c.refs -= len(a.Results)
	switch {
	case c.size > protocol.MaxAnswer:
		return fmt.Sprintf("the answer has more than %d bytes", protocol.MaxAnswer)
	case a.Error == nil && (c.refs < 0 || c.refs > 0 && !a.More):
		return "there is not one of the results for each reference"
	case c.left:
		return ""
	}
	c.answer.Results = append(c.answer.Results, a.Results...)
	c.answer.Items = append(c.answer.Items, a.Items...)
	a.Results, a.Items = c.answer.Results, c.answer.Items
	c.answer = *a
	return ""
}

// call sends a request and waits for the complete answer, slightly longer than the session's
// timeout. It returns the error of the answer, if it has one.
func (s *session) call(ctx context.Context, request protocol.Request) (protocol.Answer, error) {
	if err := ctx.Err(); err != nil {
		return protocol.Answer{}, err
	}
	timed, cancel := context.WithTimeout(ctx, s.Timeout+s.answerSlack)
	defer cancel()
	answer, err := s.ask(timed, request)
	if cause := ctx.Err(); err != nil && cause != nil {
		return protocol.Answer{}, cause
	}
	if errors.Is(err, errTimeout) {
		err = s.tooSlow(request.Op, s.Timeout)
	}
	if err == nil && answer.Error != nil {
		err = s.failure(ctx, answer.Error)
	}
	if err != nil {
		return protocol.Answer{}, err
	}
	return answer, nil
}

// failure returns the executable's error with secrets masked. A timeout becomes ctx's error
// if ctx is done, and otherwise an error with advice.
func (s *session) failure(ctx context.Context, f *protocol.Failure) error {
	told := *f
	told.Message = s.values.line(f.Message)
	if f.Class == secret.ClassTimeout {
		if err := overdue(ctx); err != nil {
			return err
		}
		told.Message = s.outOfTime(s.Timeout, told.Message)
	}
	return told.Err()
}

// overdue returns ctx's error, also if its deadline has passed but ctx is not done yet.
func overdue(ctx context.Context) error {
	if deadline, bounded := ctx.Deadline(); bounded && ctx.Err() == nil && time.Until(deadline) <= 0 {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// errTimeout is the error for an answer that did not arrive in time.
var errTimeout = errors.New("no answer in time")

func (s *session) ask(ctx context.Context, request protocol.Request) (protocol.Answer, error) {
	c := &call{op: request.Op, refs: len(request.Refs), done: make(chan protocol.Answer, 1)}
	s.values.addPlaintext(request.Value)
	request.ID = s.enter(c)
	request.TimeoutMS = s.programTime(ctx)
	line, err := protocol.Line(request)
	if err != nil {
		s.forget(request.ID)
		return protocol.Answer{}, err
	}
	select {
	case s.outgoing <- line:
	case <-ctx.Done():
		s.forget(request.ID)
		return protocol.Answer{}, errTimeout
	case <-s.over:
		s.forget(request.ID)
		return protocol.Answer{}, s.err
	}
	select {
	case answer := <-c.done:
		return answer, nil
	case <-ctx.Done():
		s.leave(c)
		return protocol.Answer{}, errTimeout
	case <-s.over:
	}
	select { // it may have come before the end
	case answer := <-c.done:
		return answer, nil
	default:
		return protocol.Answer{}, s.err
	}
}

// programTime returns the time limit for the executable in milliseconds: the session's timeout,
// or the time until ctx's deadline if that is sooner, rounded up so that the executable does
// not give up before it.
func (s *session) programTime(ctx context.Context) int64 {
	left := s.Timeout
	if deadline, bounded := ctx.Deadline(); bounded {
		left = min(left, time.Until(deadline))
	}
	return max(1, (left + time.Millisecond - 1).Milliseconds())
}

// enter registers a call under a new ID.
func (s *session) enter(c *call) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	c.mark = len(s.pending.text)
	s.calls[s.last] = c
	return s.last
}

// forget drops a call whose request was not sent.
func (s *session) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
}

// leave stops waiting. The call stays registered, since its answer may still arrive.
func (s *session) leave(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.left, c.answer = true, protocol.Answer{}
}

// tooLarge reports whether value is too large for a message.
func tooLarge(value secret.Value) bool { return value.Len() > protocol.MaxValue }
