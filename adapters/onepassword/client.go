package onepassword

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/1password/onepassword-sdk-go"

	"github.com/thv-secrets/thv/core/secret"
)

// session has the client, which it creates when it is first needed.
type session struct {
	config Config
	mu     sync.Mutex
	now    *attempt
	broken atomic.Bool
}

// attempt is the creation of one client. Its client and err are set once done is closed. The
// client must not be garbage collected while a caller uses it, so callers keep the attempt:
// the SDK's finalizer releases the client in the core, even if a part of it is still in use.
type attempt struct {
	done   chan struct{}
	client *onepassword.Client
	err    error
}

// core protects the SDK's core, a global variable that the SDK creates without a lock.
var core sync.Mutex

func (c Config) sdk(ctx context.Context, token secret.Value) (*onepassword.Client, error) {
	name, version := c.IntegrationName, c.IntegrationVersion
	if name == "" {
		name = onepassword.DefaultIntegrationName
	}
	if version == "" {
		version = onepassword.DefaultIntegrationVersion
	}
	core.Lock()
	defer core.Unlock()
	return onepassword.NewClient(ctx, onepassword.WithServiceAccountToken(trimmed(token)),
		onepassword.WithIntegrationInfo(name, version))
}

// attempt returns the present attempt, pending or done, and starts one if necessary.
func (s *session) attempt() *attempt {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		s.now = &attempt{done: make(chan struct{})}
		go s.connect(s.now)
	}
	return s.now
}

// connect creates the client. It does not end with the call that started it, since other
// callers may wait for it, and later calls use it.
func (s *session) connect(a *attempt) {
	defer close(a.done)
	ctx, cancel := context.WithTimeout(context.Background(), s.config.Timeout)
	defer cancel()
	began := time.Now()
	client, err := contained(func() (*onepassword.Client, error) { return s.config.Connect(ctx, s.config.Token) })
	if err == nil && client == nil {
		err = errNoClient
	}
	if err == nil {
		s.broken.Store(false)
		s.config.Logger.Debug("the 1Password client is made", "after", time.Since(began))
		a.client = client
		return
	}
	a.err = s.settle(a, err, connecting)
	// A refused token will be refused again, and each refusal counts against the quota. Any
	// other failure may be temporary.
	if !refused(err) {
		s.drop(a)
	}
}

// settle classifies err, and discards the client if it is no longer usable.
func (s *session) settle(a *attempt, err error, doing activity) error {
	if err == nil {
		return nil
	}
	if trapped(err) {
		s.broken.Store(true)
	}
	if damaged(err) {
		s.config.Logger.Warn("the 1Password client failed inside and is thrown away", "for good", trapped(err))
		s.drop(a)
	}
	return failure(err, doing, s.config.Token)
}

// forgive forgets a refusal, so that the token is tried again.
func (s *session) forgive() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == nil {
		return
	}
	select {
	case <-s.now.done:
		if s.now.err != nil {
			s.now = nil
		}
	default:
	}
}

func (s *session) drop(a *attempt) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.now == a {
		s.now = nil
	}
}

// call sends a request to the service. It returns when ctx is done or after the Timeout; the
// SDK may still run then, and its result is dropped.
//
// The SDK gets a context that does not end with ctx: an interrupted request panics inside the
// core, which survives only about twenty panics.
func call[T any](ctx context.Context, s *session, do func(context.Context, *onepassword.Client) (T, error)) (T, error) {
	var none T
	if err := ctx.Err(); err != nil {
		return none, err
	}
	if err := checkToken(s.config.Token); err != nil {
		return none, err
	}
	timed, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()
	a := s.attempt()
	select {
	case <-a.done:
	case <-timed.Done():
		return none, late(ctx, s.config.Timeout)
	}
	if a.err != nil {
		return none, a.err
	}
	type answer struct {
		value T
		err   error
	}
	done := make(chan answer, 1)
	go func() {
		own, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.config.Timeout)
		defer cancel()
		value, err := contained(func() (T, error) { return do(own, a.client) })
		runtime.KeepAlive(a)
		done <- answer{value, s.settle(a, err, asking)}
	}()
	select {
	case got := <-done:
		if got.err != nil {
			return none, got.err
		}
		return got.value, nil
	case <-timed.Done():
		return none, late(ctx, s.config.Timeout)
	}
}

// contained converts a panic to an error without the panic's argument, which may contain a
// value.
func contained[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if recover() != nil {
			err = errPanicked
		}
	}()
	return do()
}
