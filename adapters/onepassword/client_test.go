package onepassword

import (
	"context"
	"encoding/base64"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/1password/onepassword-sdk-go"
	"go.uber.org/mock/gomock"

	"github.com/thv-secrets/thv/core/secret"
)

// connecter is a Config.Connect that counts and answers what it is told.
type connecter struct {
	calls  atomic.Int64
	client *onepassword.Client
	err    error
}

func (c *connecter) connect(context.Context, secret.Value) (*onepassword.Client, error) {
	c.calls.Add(1)
	return c.client, c.err
}

func TestNew_CallsNobody(t *testing.T) {
	c := &connecter{}
	New(Config{Token: goodToken, Connect: c.connect})
	if c.calls.Load() != 0 {
		t.Error("it connects")
	}
}

func TestGet_TokenIsReadBeforeAnybodyIsAsked(t *testing.T) {
	token := func(text string) string { return "ops_" + base64.RawURLEncoding.EncodeToString([]byte(text)) }
	for text, want := range map[string]error{
		"": secret.ErrLocked, "  ": secret.ErrLocked,
		"hunter2": secret.ErrDenied, "ops_": secret.ErrDenied, "ops_!": secret.ErrDenied, token("x"): secret.ErrDenied, token(`"a"`): secret.ErrDenied,
		token(`{"a":`): secret.ErrDenied, token(`{}`) + "=": secret.ErrDenied, "OPS_e30": secret.ErrDenied,
		token(`{}`): nil, token(`{"a":1}`) + "\n": nil,
	} {
		s := &service{}
		s.put(reference{vault: "v", item: "i", field: "f"}, "value")
		c := &connecter{client: s.client(t)}
		p := New(Config{Token: secret.NewValue([]byte(text)), Connect: c.connect})
		_, err := p.Get(t.Context(), ref(t, "op://v/i/f"))
		if !errors.Is(err, want) || want == nil && err != nil {
			t.Errorf("%q: %v", text, err)
		}
		if check := p.Check(t.Context()); !errors.Is(check, want) {
			t.Errorf("%q: Check: %v", text, check)
		}
		if want != nil && (c.calls.Load() != 0 || len(text) > 4 && strings.Contains(err.Error(), text)) {
			t.Errorf("%q: %d calls, %v", text, c.calls.Load(), err)
		}
		if want == secret.ErrLocked && !strings.Contains(err.Error(), "OP_SERVICE_ACCOUNT_TOKEN") { //nolint:errorlint // a table's sentinel
			t.Errorf("%v does not say what to do", err)
		}
	}
}

func TestConnect_IsOnceForManyCallers(t *testing.T) {
	s := &service{}
	s.put(reference{vault: "v", item: "i", field: "f"}, "value")
	c := &connecter{client: s.client(t)}
	p := New(Config{Token: goodToken, Connect: c.connect})
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if c.calls.Load() != 1 {
		t.Errorf("%d clients", c.calls.Load())
	}
}

func TestConnect_FailureIsKeptOnlyWhereItCannotPass(t *testing.T) {
	for text, c := range map[string]struct {
		class error
		calls int64
	}{
		"error initializing client: rate limit exceeded":                        {secret.ErrUnavailable, 3},
		"dial tcp: lookup my.1password.com: no such host (recovered by wazero)": {secret.ErrUnavailable, 3},
		"something new": {secret.ErrUnavailable, 3},
		"you don't have the right permissions to access this resource":                        {secret.ErrDenied, 3},
		"error initializing client: invalid service account token, please make sure":          {secret.ErrDenied, 1},
		"error initializing client: authentication error: bad credentials, please retry: SRP": {secret.ErrDenied, 1},
		"bad service account token, please rotate it: x":                                      {secret.ErrDenied, 1},
	} {
		conn := &connecter{err: errors.New(text)}
		p := New(Config{Token: goodToken, Connect: conn.connect})
		for range 3 {
			if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, c.class) {
				t.Errorf("%s: %v", text, err)
			}
		}
		if conn.calls.Load() != c.calls {
			t.Errorf("%s: %d tries", text, conn.calls.Load())
		}
	}
}

func TestSession_TriesARefusedTokenOnceMore(t *testing.T) {
	conn := &connecter{err: errors.New("invalid service account token")}
	p := New(Config{Token: goodToken, Connect: conn.connect})
	for n := range int64(3) {
		session := p.Session()
		for range 2 {
			if _, err := session.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrDenied) {
				t.Error(err)
			}
		}
		if got := conn.calls.Load(); got != n+1 {
			t.Errorf("session %d: %d tries", n+1, got)
		}
	}
}

func TestConnect_NoClientIsNoSuccess(t *testing.T) {
	p := New(Config{Token: goodToken, Connect: (&connecter{}).connect})
	if err := p.Check(t.Context()); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}

func TestConnect_AClassOfItsOwnIsKept(t *testing.T) {
	conn := &connecter{err: secret.ErrLocked}
	if err := New(Config{Token: goodToken, Connect: conn.connect}).Check(t.Context()); !errors.Is(err, secret.ErrLocked) {
		t.Error(err)
	}
}

// answersAfter returns a provider whose first calls fail with errs, each once; nil
// is a panic.
func answersAfter(t *testing.T, errs ...error) (*Provider, *connecter) {
	m := newMocks(t)
	var calls []any
	for _, err := range errs {
		calls = append(calls, m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).DoAndReturn(
			func(context.Context, []string) (onepassword.ResolveAllResponse, error) {
				if err == nil {
					panic("canary " + string(goodToken.Bytes()))
				}
				return onepassword.ResolveAllResponse{}, err
			}))
	}
	calls = append(calls, m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).Return(one("op://v/i/f", "value"), nil))
	gomock.InOrder(calls...)
	c := &connecter{client: m.client}
	return New(Config{Token: goodToken, Connect: c.connect}), c
}

func TestCall_ADamagedClientIsCreatedAgainForTheNextCall(t *testing.T) {
	for _, err := range []error{
		errors.New("Post \"https://x.1password.com/\": EOF (recovered by wazero)\nwasm stack trace:\n\tinvoke() i32"),
		errors.New("an internal error occurred, please contact 1Password at support@1password.com: invalid client id"),
		nil, // a panic
	} {
		p, c := answersAfter(t, err)
		if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrUnavailable) || errors.Is(err, ErrBroken) || strings.Contains(err.Error(), "canary") {
			t.Errorf("the first: %v", err)
		}
		if c.calls.Load() != 1 || p.Broken() {
			t.Errorf("%v: %d clients, broken: %t", err, c.calls.Load(), p.Broken())
		}
		if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || c.calls.Load() != 2 {
			t.Errorf("the second: %v, %d clients", err, c.calls.Load())
		}
	}
}

func TestCall_AnOrdinaryFailureKeepsTheClient(t *testing.T) {
	p, c := answersAfter(t, errors.New("resource not found"))
	if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
	if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || c.calls.Load() != 1 {
		t.Errorf("%v, %d clients", err, c.calls.Load())
	}
}

func TestBroken_SaysThatTheProcessHasToEnd(t *testing.T) {
	p, _ := answersAfter(t, errors.New("wasm error: out of bounds memory access\nwasm stack trace:\n\tinvoke() i32"))
	_, err := p.Get(t.Context(), ref(t, "op://v/i/f"))
	if !errors.Is(err, ErrBroken) || secret.ClassOf(err) != secret.ClassUnavailable || !p.Broken() {
		t.Errorf("%v, broken: %t", err, p.Broken())
	}
	// Should the core come back after all, that is seen.
	if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || p.Broken() {
		t.Errorf("%v, broken: %t", err, p.Broken())
	}
}

func TestCall_EndsWithItsTimeAndItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		m := newMocks(t)
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).DoAndReturn(
			func(ctx context.Context, _ []string) (onepassword.ResolveAllResponse, error) {
				<-over
				return one("op://v/i/f", "too late"), nil
			}).Times(2)
		c := &connecter{client: m.client}
		p := New(Config{Token: goodToken, Connect: c.connect, Timeout: time.Minute})

		began := time.Now()
		_, err := p.Get(t.Context(), ref(t, "op://v/i/f"))
		if !errors.Is(err, secret.ErrUnavailable) || time.Since(began) != time.Minute {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began = time.Now()
		_, err = p.Get(ctx, ref(t, "op://v/i/f"))
		if err != context.DeadlineExceeded || time.Since(began) != time.Second { //nolint:errorlint // unchanged is the promise
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		close(over)
		synctest.Wait()
	})
}

func TestCall_TheSDKIsNotInterruptedByTheCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMocks(t)
		var interrupted error
		m.secrets.EXPECT().ResolveAll(gomock.Any(), gomock.Any()).DoAndReturn(
			func(ctx context.Context, _ []string) (onepassword.ResolveAllResponse, error) {
				select {
				case <-ctx.Done():
					interrupted = ctx.Err()
				case <-time.After(30 * time.Second):
				}
				return onepassword.ResolveAllResponse{}, interrupted
			})
		p := New(Config{Token: goodToken, Connect: (&connecter{client: m.client}).connect, Timeout: time.Minute})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, _ = p.Get(ctx, ref(t, "op://v/i/f"))
		time.Sleep(time.Hour) //nolint:forbidigo // the clock of synctest
		synctest.Wait()
		if interrupted != nil {
			t.Error(interrupted)
		}
	})
}

func TestConnect_OutlivesTheCallerWhoBeganIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{}
		s.put(reference{vault: "v", item: "i", field: "f"}, "value")
		var calls atomic.Int64
		client := s.client(t)
		p := New(Config{Token: goodToken, Timeout: time.Minute, Connect: func(ctx context.Context, _ secret.Value) (*onepassword.Client, error) {
			calls.Add(1)
			time.Sleep(10 * time.Second) //nolint:forbidigo // the clock of synctest
			return client, ctx.Err()
		}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := p.Get(ctx, ref(t, "op://v/i/f")); !errors.Is(err, context.DeadlineExceeded) {
			t.Error(err)
		}
		if _, err := p.Get(t.Context(), ref(t, "op://v/i/f")); err != nil || calls.Load() != 1 {
			t.Errorf("%v, %d clients", err, calls.Load())
		}
	})
}
