package exec

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

// call is a request that is not answered yet. A session's lock guards it.
type call struct {
	op     protocol.Op
	refs   int                  // how many results are to come
	mark   int                  // how much was pending of standard error when it was made
	answer protocol.Answer      // as far as it has come
	size   int                  // of all its pages
	left   bool                 // the caller has stopped waiting
	done   chan protocol.Answer // takes one
}

// reads reports whether its answer holds values.
func (c *call) reads() bool { return c.op == protocol.OpGet || c.op == protocol.OpGetAll }

// take adds a page, which is its own from then on, and returns what is wrong with
// it or the empty text.
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

// call makes a request and waits for the whole answer, a little longer than the
// session's timeout. An answer with an error is returned as that error.
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

// failure is the program's error, masked. One that tells of the end of its time is
// ctx's own, if that is over, and else says what to do about it.
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

// overdue is ctx's error, also where its deadline has come and it does not know yet.
func overdue(ctx context.Context) error {
	if deadline, bounded := ctx.Deadline(); bounded && ctx.Err() == nil && time.Until(deadline) <= 0 {
		return context.DeadlineExceeded
	}
	return ctx.Err()
}

// errTimeout is an answer that did not come in time.
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

// programTime is how long the program has, in milliseconds: the session's timeout,
// or until ctx's deadline where that is sooner, and never so little that it gives
// up before that.
func (s *session) programTime(ctx context.Context) int64 {
	left := s.Timeout
	if deadline, bounded := ctx.Deadline(); bounded {
		left = min(left, time.Until(deadline))
	}
	return max(1, (left + time.Millisecond - 1).Milliseconds())
}

// enter notes a call under an id of its own.
func (s *session) enter(c *call) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last++
	c.mark = len(s.pending.text)
	s.calls[s.last] = c
	return s.last
}

// forget drops a call that the program has not heard of.
func (s *session) forget(id int64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.calls, id)
}

// leave gives up waiting. The call stays, since its answer may come.
func (s *session) leave(c *call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.left, c.answer = true, protocol.Answer{}
}

// tooLarge reports whether value fits no message.
func tooLarge(value secret.Value) bool { return value.Len() > protocol.MaxValue }
