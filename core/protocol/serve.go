package protocol

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/thv-secrets/thv/core/internal/safecall"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// maxRunning is the maximum number of concurrent requests. While it is reached, no more
// are read.
const maxRunning = 32

// defaultMS is the timeout of a request that has none, and maxMS the maximum.
const (
	defaultMS = int64(30 * time.Second / time.Millisecond)
	maxMS     = int64(24 * time.Hour / time.Millisecond)
)

// Hello is the host's first message.
type Hello struct {
	// Scheme is the scheme that the host's user has configured for the provider. The
	// host sends only references with it and bare names.
	Scheme string
}

// Server describes the provider for [Serve].
type Server struct {
	// Name is the name of the executable, for messages.
	Name string
	// New opens the provider. It is required, and called once, after the host's hello.
	// Its error is the answer to hello, and ends Serve. ctx is canceled after that
	// answer, so the provider must not retain it.
	New func(ctx context.Context, hello Hello) (provider.Provider, error)
}

// Serve reads requests from in and writes answers to out until in ends; then it finishes
// the pending requests and returns nil. Requests run concurrently, each with its own
// deadline. A panic of the provider becomes an error as the answer to that request,
// without the argument of the panic.
//
// Serve returns a [*BreakError] if a line of in is not a request, the error of
// [Server.New], an error of out, or ctx's error once ctx is done. Calls may then still
// run, and a read of in may block, so the process should exit.
func Serve(ctx context.Context, in io.Reader, out io.Writer, server Server) error {
	return serve(ctx, in, out, server, func(*service) {})
}

func serve(ctx context.Context, in io.Reader, out io.Writer, server Server, prepare func(*service)) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	s := &service{
		Server: server, requests: make(chan incoming), out: NewWriter(out), stop: stop,
		slots: make(chan struct{}, maxRunning), pageLen: pageLen, answerLen: MaxAnswer,
	}
	prepare(s)
	go s.read(ctx, NewReader(in))
	for {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case r := <-s.requests:
			if errors.Is(r.err, io.EOF) {
				return s.finish(ctx)
			}
			if r.err != nil {
				return r.err
			}
			if err := s.take(ctx, r); err != nil {
				return err
			}
		}
	}
}

// service is the state of one session.
type service struct {
	Server
	requests chan incoming
	out      *Writer
	stop     context.CancelCauseFunc
	slots    chan struct{}
	running  sync.WaitGroup
	provider provider.Provider // nil until hello

	pageLen, answerLen int
}

type incoming struct {
	request  Request
	deadline time.Time
	err      error
}

func (s *service) read(ctx context.Context, lines *Reader) {
	for {
		var next incoming
		next.err = lines.Read(&next.request)
		if next.err == nil && next.request.ID <= 0 {
			next.err = lines.Broken("it has no id above zero")
		}
		ms := next.request.TimeoutMS
		if ms <= 0 {
			ms = defaultMS
		}
		next.deadline = time.Now().Add(time.Duration(min(ms, maxMS)) * time.Millisecond)
		select {
		case s.requests <- next:
		case <-ctx.Done():
			return
		}
		if next.err != nil {
			return
		}
	}
}

// take starts the processing of one request.
func (s *service) take(ctx context.Context, r incoming) error {
	if s.provider == nil && r.request.Op == OpHello {
		return s.hello(ctx, r)
	}
	select {
	case s.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	s.running.Go(func() {
		defer func() { <-s.slots }()
		call, cancel := context.WithDeadline(ctx, r.deadline)
		defer cancel()
		s.fail(r.request.ID, safecall.Recover(func() error { return s.answer(call, r.request) }))
	})
	return nil
}

// hello answers the first request, before any other starts. Its error ends the session.
func (s *service) hello(ctx context.Context, r incoming) error {
	if !slices.Contains(r.request.Versions, Version) {
		err := fmt.Errorf("%w: this program speaks version %d of the provider protocol", secret.ErrUnsupported, Version)
		s.fail(r.request.ID, err)
		return err
	}
	call, cancel := context.WithDeadline(ctx, r.deadline)
	defer cancel()
	opened, err := s.open(call, Hello{Scheme: r.request.Scheme})
	if err != nil {
		s.fail(r.request.ID, err)
		return err
	}
	s.provider = opened
	return s.write(Answer{
		ID: r.request.ID, Version: Version, Name: s.Name, Capabilities: CapabilityNames(provider.Capabilities(opened)),
	})
}

// open calls New. It returns when ctx is done even if New ignores its context.
func (s *service) open(ctx context.Context, hello Hello) (opened provider.Provider, err error) {
	type result struct {
		provider.Provider
		err error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		r.err = safecall.Recover(func() (err error) {
			r.Provider, err = s.New(ctx, hello)
			if err == nil && r.Provider == nil {
				err = safecall.Misbehaved("made neither a provider nor an error")
			}
			return err
		})
		done <- r
	}()
	select {
	case r := <-done:
		return r.Provider, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// finish waits for the pending requests.
func (s *service) finish(ctx context.Context) error {
	done := make(chan struct{})
	go func() {
		s.running.Wait()
		close(done)
	}()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// fail writes err as the answer, unless it is nil.
func (s *service) fail(id int64, err error) {
	if err != nil {
		_ = s.write(Answer{ID: id, Error: FailureOf(err)})
	}
}

// write writes one answer. Any error except secret.ErrTooLarge ends the session, since
// the host does not read any more.
func (s *service) write(a Answer) error {
	err := s.out.Write(a)
	if err != nil && !errors.Is(err, secret.ErrTooLarge) {
		s.stop(fmt.Errorf("%w: the host cannot be written to: %v", secret.ErrUnavailable, err))
	}
	return err
}
