package exec

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

// maxListed is the size that a list may have, counted in bytes of its texts.
const maxListed = 64 << 20

// call is a request that is not answered yet. A session's lock guards it.
type call struct {
	op     protocol.Op
	refs   int             // how many results are to come
	mark   int             // how much was pending of standard error when it was made
	answer protocol.Answer // as far as it has come
	size   int
	left   bool                 // nobody waits for it any more
	done   chan protocol.Answer // takes one
}

// reads reports whether its answer holds values.
func (c *call) reads() bool { return c.op == protocol.OpGet || c.op == protocol.OpGetAll }

// take adds a page, and returns what is wrong with it or the empty text.
func (c *call) take(a *protocol.Answer) string {
	if wrong := a.Fits(c.op); wrong != "" {
		return wrong
	}
	if a.More && len(a.Results)+len(a.Items) == 0 {
		return "a page is empty and not the last one"
	}
	for _, item := range a.Items {
		c.size += 64 + len(item.Name) + len(item.Description)
	}
	c.refs -= len(a.Results)
	switch {
	case c.size > maxListed:
		return "it lists too much"
	case a.Error == nil && (c.refs < 0 || c.refs > 0 && !a.More):
		return "there is not one of the results for each reference"
	case c.left:
		return ""
	}
	before := c.answer
	c.answer = *a
	c.answer.Results = slices.Concat(before.Results, a.Results)
	c.answer.Items = slices.Concat(before.Items, a.Items)
	return ""
}

// call makes a request and waits for the whole answer, until the session's
// timeout. An answer with an error is returned as that error.
func (s *session) call(ctx context.Context, request protocol.Request) (protocol.Answer, error) {
	if err := ctx.Err(); err != nil {
		return protocol.Answer{}, err
	}
	timed, cancel := context.WithTimeout(ctx, s.Timeout)
	defer cancel()
	answer, err := s.ask(timed, request)
	if cause := ctx.Err(); err != nil && cause != nil {
		return protocol.Answer{}, cause
	}
	if errors.Is(err, errTimeout) {
		err = s.tooSlow(request.Op, s.Timeout)
	}
	if err == nil && answer.Error != nil {
		err = s.values.failure(answer.Error)
	}
	if err != nil {
		return protocol.Answer{}, err
	}
	return answer, nil
}

// errTimeout is an answer that did not come in time.
var errTimeout = errors.New("no answer in time")

func (s *session) ask(ctx context.Context, request protocol.Request) (protocol.Answer, error) {
	c := &call{op: request.Op, refs: len(request.Refs), done: make(chan protocol.Answer, 1)}
	s.values.add(request.Value)
	request.ID = s.enter(c)
	deadline, _ := ctx.Deadline()
	request.TimeoutMS = max(1, time.Until(deadline).Milliseconds())
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
