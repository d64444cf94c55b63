package resolve

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// reader is a provider with Get alone, and notes what it is asked.
type reader struct {
	answers map[secret.Ref]provider.Result
	delay   func() time.Duration

	mu    sync.Mutex
	opens int
	asked map[secret.Ref]int
	busy  int
	most  int
}

func (r *reader) open(context.Context) (provider.Provider, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.opens++
	return r, nil
}

func (r *reader) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	r.note(+1, ref)
	defer r.note(-1)
	if r.delay != nil {
		select {
		case <-time.After(r.delay()):
		case <-ctx.Done():
			return secret.Value{}, ctx.Err()
		}
	}
	return r.answer(ref)
}

func (r *reader) answer(ref secret.Ref) (secret.Value, error) {
	result, ok := r.answers[ref]
	if !ok {
		result.Err = secret.ErrNotFound
	}
	return result.Value, result.Err
}

func (r *reader) note(busy int, refs ...secret.Ref) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.busy += busy
	r.most = max(r.most, r.busy)
	if r.asked == nil {
		r.asked = map[secret.Ref]int{}
	}
	for _, ref := range refs {
		r.asked[ref]++
	}
}

// batchReader answers many at once.
type batchReader struct{ *reader }

func (b batchReader) open(context.Context) (provider.Provider, error) {
	_, err := b.reader.open(context.Background())
	return b, err
}

func (b batchReader) GetAll(_ context.Context, refs []secret.Ref) ([]provider.Result, error) {
	b.note(0, refs...)
	results := make([]provider.Result, len(refs))
	for i, ref := range refs {
		results[i].Value, results[i].Err = b.answer(ref)
	}
	return results, nil
}

var ref = providertest.MustRef

func refs(t testing.TB, texts ...string) []secret.Ref {
	t.Helper()
	var list []secret.Ref
	for _, text := range texts {
		list = append(list, ref(t, text))
	}
	return list
}

func value(text string) secret.Value { return secret.NewValue([]byte(text)) }

// holding returns a reader of name=value pairs; an error as value is answered.
func holding(t testing.TB, pairs ...any) *reader {
	t.Helper()
	r := &reader{answers: map[secret.Ref]provider.Result{}}
	for i := 0; i < len(pairs); i += 2 {
		result := provider.Result{}
		switch answer := pairs[i+1].(type) {
		case error:
			result.Err = answer
		case string:
			result.Value = value(answer)
		}
		r.answers[ref(t, pairs[i].(string))] = result
	}
	return r
}

func step1(name string, r *reader) Step { return Step{Provider: name, Open: r.open} }

func opens(p provider.Provider) provider.Opener {
	return func(context.Context) (provider.Provider, error) { return p, nil }
}

func newResolver(t testing.TB, c Config) *Resolver {
	t.Helper()
	r, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// wantFailure checks for a *secret.Error of one provider about one reference.
func wantFailure(t *testing.T, err error, name string, about secret.Ref, class error) {
	t.Helper()
	var failure *secret.Error
	if !errors.As(err, &failure) {
		t.Fatalf("the error is %v (%T)", err, err)
	}
	if failure.Provider != name || failure.Ref != about || !errors.Is(err, class) {
		t.Errorf("the error is %q, want %s about %q from %s", err, class, about, name)
	}
}

// path is a trace's asks as provider:class.
func path(trace RefTrace) string {
	text := ""
	for _, attempt := range trace.Attempts {
		text += fmt.Sprintf("%s:%s ", attempt.Provider, attempt.Class)
	}
	return text
}
