package protocol

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

const helloLine = `{"id":1,"op":"hello","versions":[1],"scheme":"memory","timeout_ms":30000}`

func serving(p provider.Provider) Server {
	return Server{Name: "test", New: func(context.Context, Hello) (provider.Provider, error) { return p, nil }}
}

// greeted is a session after hello.
func greeted(t *testing.T, p provider.Provider) *conversation {
	t.Helper()
	c := connect(t, serving(p), func(*service) {})
	c.say(helloLine)
	c.hear()
	return c
}

func (c *conversation) answer() (a Answer) {
	c.t.Helper()
	if err := json.Unmarshal([]byte(c.hear()), &a); err != nil {
		c.t.Fatal(err)
	}
	return a
}

func TestServe_TellsNewTheScheme(t *testing.T) {
	var told Hello
	c := connect(t, Server{New: func(_ context.Context, hello Hello) (provider.Provider, error) {
		told = hello
		return &providertest.Memory{}, nil
	}}, func(*service) {})
	c.say(helloLine)
	if c.hear(); told.Scheme != "memory" {
		t.Errorf("got %+v, want the scheme memory", told)
	}
}

func TestServe_HelloIsFirstAndComesOnce(t *testing.T) {
	c := connect(t, serving(&providertest.Memory{}), func(*service) {})
	for id, line := range []string{
		1: `{"id":1,"op":"get","ref":"a","timeout_ms":1000}`,
		2: strings.Replace(helloLine, `"id":1`, `"id":2`, 1),
		3: strings.Replace(helloLine, `"id":1`, `"id":3`, 1),
		4: `{"id":4,"op":"sing","timeout_ms":1000}`,
	} {
		if id == 0 {
			continue
		}
		c.say(line)
		a := c.answer()
		if good := id == 2; a.ID != int64(id) || good != (a.Error == nil) || !good && a.Error.Class != secret.ClassUnsupported {
			t.Errorf("request %d: %+v", id, a.Error)
		}
	}
}

func TestServe_ErrorOfHelloIsAnsweredAndReturned(t *testing.T) {
	for name, c := range map[string]struct {
		open func(ctx context.Context, _ Hello) (provider.Provider, error)
		want error
	}{
		"error":   {func(context.Context, Hello) (provider.Provider, error) { return nil, secret.ErrLocked }, secret.ErrLocked},
		"panic":   {func(context.Context, Hello) (provider.Provider, error) { panic("Hunter2") }, secret.ErrUnavailable},
		"nothing": {func(context.Context, Hello) (provider.Provider, error) { return nil, nil }, secret.ErrUnavailable},
		"hangs": {func(context.Context, Hello) (provider.Provider, error) {
			<-t.Context().Done() // and minds no context
			return nil, nil
		}, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			s := connect(t, Server{New: c.open}, func(*service) {})
			s.say(`{"id":1,"op":"hello","versions":[1],"timeout_ms":20}`)
			answered, returned := s.answer().Error.Err(), <-s.ended
			if !errors.Is(answered, c.want) || !errors.Is(returned, c.want) {
				t.Errorf("answered %v, returned %v", answered, returned)
			}
			if strings.Contains(fmt.Sprint(answered, returned), "Hunter2") {
				t.Error("what was thrown is told")
			}
		})
	}
}

func TestServe_BadLineEndsItWithoutRepeatingTheLine(t *testing.T) {
	for _, line := range []string{
		"", "Hunter2", "null", `[{"id":2}]`, `{"id":2,"op":"Hunter2`, `{"id":"Hunter2"}`, `{"op":"get","ref":"Hunter2"}`, `{"id":-1,"op":"get"}`,
		`{"id":2,"op":"put","ref":"a","value":"Hunter2!"}`, `{"id":2,"op":"get","ref":"` + "\xff" + `"}`, strings.Repeat("x", MaxLine+1),
	} {
		c := greeted(t, &providertest.Memory{})
		go func() { _, _ = io.WriteString(c.in, line+"\n") }()
		err := <-c.ended
		var broken *BreakError
		if !errors.As(err, &broken) || broken.Line != 2 || !errors.Is(err, secret.ErrUnavailable) || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("%.40q: got %v, want a BreakError of line 2", line, err)
		}
	}
}

func TestServe_FinishesWhatWasAskedBeforeTheEnd(t *testing.T) {
	began, release := make(chan struct{}), make(chan struct{})
	c := greeted(t, &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault {
		return func(context.Context) error {
			close(began)
			<-release
			return nil
		}
	}})
	c.say(`{"id":2,"op":"check","timeout_ms":30000}`)
	<-began
	_ = c.in.Close()
	select {
	case err := <-c.ended:
		t.Errorf("it ended before its answer: %v", err)
	case <-time.After(20 * time.Millisecond):
	}
	close(release)
	if a := c.answer(); a.ID != 2 || a.Error != nil {
		t.Errorf("got %+v, want the answer 2", a)
	}
	if err := <-c.ended; err != nil {
		t.Error(err)
	}
}

func TestServe_RequestsRunSideBySideUpToALimit(t *testing.T) {
	var running atomic.Int32
	began, release := make(chan struct{}), make(chan struct{})
	c := greeted(t, &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault {
		return func(context.Context) error {
			running.Add(1)
			began <- struct{}{}
			<-release
			return nil
		}
	}})
	go func() {
		for id := range 2 * maxRunning {
			_, _ = fmt.Fprintf(c.in, `{"id":%d,"op":"check","timeout_ms":30000}`+"\n", id+2)
		}
	}()
	for range maxRunning {
		<-began
	}
	time.Sleep(20 * time.Millisecond) //nolint:forbidigo // one too many would begin now
	if n := running.Load(); n != maxRunning {
		t.Errorf("%d requests run", n)
	}
	close(release)
	go func() {
		for range maxRunning {
			<-began
		}
	}()
	seen := map[int64]bool{}
	for range 2 * maxRunning {
		seen[c.answer().ID] = true
	}
	if len(seen) != 2*maxRunning {
		t.Errorf("%d are answered", len(seen))
	}
}

func TestServe_TimeoutIsTheDeadline(t *testing.T) {
	c := greeted(t, &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Delay(time.Hour) }})
	c.say(`{"id":2,"op":"get","ref":"a","timeout_ms":20}`)
	if a := c.answer(); a.Error.Class != secret.ClassTimeout {
		t.Errorf("got %+v, want timeout", a.Error)
	}
}

func TestServe_PanicIsTheAnswerWithoutWhatWasThrown(t *testing.T) {
	c := greeted(t, &providertest.Faulty{Plan: func(call providertest.Call) providertest.Fault {
		if len(call.Refs) > 0 && call.Refs[0].Path() == "a" {
			return providertest.Panic(errors.New("Hunter2"))
		}
		return nil
	}})
	c.say(`{"id":2,"op":"get","ref":"a","timeout_ms":1000}`)
	a := c.answer()
	if a.Error.Class != secret.ClassUnavailable || strings.Contains(a.Error.Message, "Hunter2") || !strings.Contains(a.Error.Message, "panicked (*errors.errorString in ") {
		t.Errorf("got %+v, want unavailable, with the panic and without its value", a.Error)
	}
	c.say(`{"id":3,"op":"check","timeout_ms":1000}`)
	if a := c.answer(); a.ID != 3 || a.Error != nil {
		t.Errorf("after it: %+v", a.Error)
	}
}

func TestServe_RefusesWhatTheRequestLacks(t *testing.T) {
	c := greeted(t, &providertest.Memory{})
	for _, line := range []string{
		`{"id":2,"op":"get"}`, `{"id":2,"op":"get","ref":" a"}`, `{"id":2,"op":"put","ref":"a"}`, `{"id":2,"op":"delete","ref":"1://a"}`, `{"id":2,"op":"put","ref":"","value":""}`,
	} {
		c.say(line)
		if a := c.answer(); a.Error == nil || a.Error.Class != secret.ClassInvalidRef {
			t.Errorf("%s: got %+v, want invalid-ref", line, a)
		}
	}
	c.say(`{"id":3,"op":"get","ref":"__thv_scope_name"}`)
	if a := c.answer(); a.Error.Class != secret.ClassNotFound {
		t.Errorf("a system's name: %+v", a.Error)
	}
}

func TestServe_WithoutCapabilitiesIsUnsupported(t *testing.T) {
	c := greeted(t, struct{ provider.Provider }{&providertest.Memory{}})
	for _, op := range []Op{OpPut, OpDelete, OpList, OpGetAll, OpCheck} {
		c.say(fmt.Sprintf(`{"id":2,"op":%q,"ref":"a","value":""}`, op))
		if a := c.answer(); a.Error.Class != secret.ClassUnsupported || !strings.HasPrefix(a.Error.Message, "test cannot ") {
			t.Errorf("%s: got %+v, want unsupported", op, a.Error)
		}
	}
}

// oversized is a provider with values and names that do not fit into one line.
type oversized struct{ size int }

func (v oversized) Get(context.Context, secret.Ref) (secret.Value, error) {
	return secret.NewValue(make([]byte, v.size)), nil
}

func (v oversized) GetAll(ctx context.Context, refs []secret.Ref) ([]provider.Result, error) {
	if v.size == 0 {
		return make([]provider.Result, len(refs)+1), nil
	}
	results := make([]provider.Result, len(refs))
	for i := range refs {
		results[i].Value, results[i].Err = v.Get(ctx, refs[i])
	}
	return results, nil
}

func (v oversized) List(context.Context) iter.Seq2[secret.Info, error] {
	return func(yield func(secret.Info, error) bool) {
		for i := range 3 {
			if !yield(secret.Info{Name: fmt.Sprint(i), Description: strings.Repeat("\x01", v.size/6)}, nil) {
				return
			}
		}
		yield(secret.Info{}, secret.ErrConflict)
	}
}

func TestServe_LargeAnswersComeInPagesThatFitALine(t *testing.T) {
	for _, size := range []int{MaxValue, MaxValue / 4, 1000} {
		c := greeted(t, oversized{size})
		c.say(`{"id":2,"op":"get-all","refs":["a","b"]}`)
		pages, results := 0, 0
		for more := true; more; pages++ {
			line := c.hear()
			var a Answer
			if err := json.Unmarshal([]byte(line), &a); err != nil || len(line) > MaxLine || a.Error != nil {
				t.Fatalf("a page of %d bytes: %v", len(line), err)
			}
			results, more = results+len(a.Results), a.More
		}
		if single := size < pageLen/8; results != 2 || single != (pages == 1) {
			t.Errorf("%d results in %d pages", results, pages)
		}
		c.say(`{"id":3,"op":"list"}`)
		items := 0
		for {
			a := c.answer()
			if items += len(a.Items); a.More {
				continue
			}
			if a.Error == nil || a.Error.Class != secret.ClassConflict {
				t.Errorf("%d items, then %+v", items, a.Error)
			}
			break
		}
	}
}

func TestServe_WhatFitsNoLineIsTooLarge(t *testing.T) {
	c := greeted(t, oversized{MaxValue + 1})
	c.say(`{"id":2,"op":"get","ref":"a"}`)
	if a := c.answer(); a.Error.Class != secret.ClassTooLarge {
		t.Errorf("get: got %+v, want too-large", a.Error)
	}
	c.say(`{"id":3,"op":"get-all","refs":["a","b"]}`)
	if a := c.answer(); len(a.Results) != 2 || a.Results[0].Error.Class != secret.ClassTooLarge {
		t.Errorf("get-all: got %+v, want two results, the first too-large", a)
	}
	c = greeted(t, oversized{2 * MaxLine})
	c.say(`{"id":4,"op":"list"}`)
	if a := c.answer(); a.Error == nil || a.Error.Class != secret.ClassTooLarge {
		t.Errorf("list: got %+v, want too-large", a.Error)
	}
}

func TestServe_ProviderThatAnswersAnotherNumberHasADefect(t *testing.T) {
	c := greeted(t, oversized{})
	c.say(`{"id":2,"op":"get-all","refs":["a","b"]}`)
	if a := c.answer(); a.Error == nil || a.Error.Class != secret.ClassUnavailable || !strings.Contains(a.Error.Message, "defect") {
		t.Errorf("got %+v, want unavailable: the provider has a defect", a.Error)
	}
}

func TestServe_EndsWithItsContextAndWithItsHost(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	in, _ := io.Pipe()
	defer func() { _ = in.Close() }()
	ended := make(chan error)
	go func() { ended <- Serve(ctx, in, io.Discard, serving(&providertest.Memory{})) }()
	cancel()
	if err := <-ended; err != context.Canceled { //nolint:errorlint // unchanged is the promise
		t.Error(err)
	}
	c := greeted(t, &providertest.Memory{})
	_ = c.out.Close()
	c.say(`{"id":2,"op":"check"}`)
	if err := <-c.ended; !errors.Is(err, secret.ErrUnavailable) {
		t.Error(err)
	}
}
