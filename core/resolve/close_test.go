package resolve

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// program is a provider that holds something.
type program struct {
	*reader
	closed int
	fails  error
}

func (p *program) open(context.Context) (provider.Provider, error) {
	p.opens++
	return p, nil
}

func (p *program) Close() error {
	p.closed++
	return p.fails
}

func TestClose_EndsWhatIsOpenAndOpensItAgain(t *testing.T) {
	used, unused := &program{reader: holding(t, "a", "1")}, &program{reader: holding(t)}
	r := newResolver(t, Config{
		Chain:   []Step{{Provider: "used", Open: used.open}, {Provider: "unused", Open: unused.open}},
		Schemes: map[string]Step{"thv": {Provider: "used", Open: used.open}},
	})
	for range 2 {
		if _, err := r.Get(t.Context(), ref(t, "a")); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Error(err)
		}
	}
	if used.opens != 2 || used.closed != 2 || unused.opens+unused.closed != 0 {
		t.Errorf("opened %d and closed %d times; the unused one %d and %d", used.opens, used.closed, unused.opens, unused.closed)
	}
}

func TestClose_NamesWhoFailed(t *testing.T) {
	p := &program{reader: holding(t, "a", "1"), fails: errors.New("still there")}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: p.open}}})
	if _, err := r.Get(t.Context(), ref(t, "a")); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err == nil || !strings.Contains(err.Error(), "p: close: still there") {
		t.Errorf("Close: got %v, want the provider's error", err)
	}
}

func TestClose_DoesNotHangWithAnOpener(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: func(context.Context) (provider.Provider, error) {
			<-release
			return nil, secret.ErrUnavailable
		}}}})
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		go func() { _, _ = r.Resolve(context.WithoutCancel(ctx), refs(t, "a")) }()
		synctest.Wait()
		if err := r.Close(); err == nil {
			t.Error("no error though it is still being opened")
		}
		close(release)
	})
}

// remembering answers what it remembers.
type remembering struct{ *reader }

func (remembering) GetAll(_ context.Context, refs []secret.Ref) ([]provider.Result, error) {
	results := make([]provider.Result, len(refs))
	for i := range refs {
		results[i] = provider.Result{Value: value("v"), Cached: refs[i].Path() == "old"}
	}
	return results, nil
}

func TestResolve_TraceSaysWhatCameFromMemory(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(remembering{holding(t)})}}})
	for _, names := range [][]string{{"old"}, {"old", "new"}} {
		got, err := r.Resolve(t.Context(), refs(t, names...))
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range got.Trace() {
			if attempt := trace.Attempts[0]; attempt.Cached != (trace.Ref.Path() == "old") || attempt.Batch != (len(names) > 1) {
				t.Errorf("%q: got %+v, want the value of old cached, and a batch for several", trace.Ref, attempt)
			}
		}
	}
}

func TestClose_ForgetsWhatCouldNotBeOpened(t *testing.T) {
	broken := true
	p := &program{reader: holding(t, "a", "1")}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: func(ctx context.Context) (provider.Provider, error) {
		if broken {
			return nil, secret.ErrCorrupt
		}
		return p.open(ctx)
	}}}})
	for range 2 { // the second of which does not try
		if _, err := r.Get(t.Context(), ref(t, "a")); !errors.Is(err, secret.ErrCorrupt) {
			t.Fatal(err)
		}
		broken = false
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Get(t.Context(), ref(t, "a")); err != nil {
		t.Errorf("after Close: %v", err)
	}
}
