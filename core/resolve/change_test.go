package resolve

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestNew_RefusesAChainThatCannotWork(t *testing.T) {
	good := step1("a", holding(t))
	for name, c := range map[string]Config{
		"empty":           {},
		"duplicate":       {Chain: []Step{good, good}},
		"no opener":       {Chain: []Step{{Provider: "a"}}},
		"no name":         {Chain: []Step{{Open: good.Open}}},
		"scheme's opener": {Chain: []Step{good}, Schemes: map[string]Step{"op": {Provider: "b"}}},
	} {
		if r, err := New(c); err == nil || r != nil {
			t.Errorf("%s: got %v, %v, want an error", name, r, err)
		}
	}
}

func TestNew_OpensNothing(t *testing.T) {
	only := holding(t)
	r := newResolver(t, Config{Chain: []Step{step1("only", only)}, Schemes: map[string]Step{"z": step1("z", only), "b": step1("z", only)}})
	if only.opens != 0 || !slices.Equal(r.Schemes(), []string{"b", "z"}) {
		t.Errorf("%d opened, schemes %q", only.opens, r.Schemes())
	}
}

func TestNew_OfStepsThatShareANameOneIsOpened(t *testing.T) {
	schemes := map[string]Step{}
	readers := map[string]*reader{}
	for _, scheme := range []string{"z", "b", "c", "d"} {
		readers[scheme] = holding(t)
		schemes[scheme] = step1("shared", readers[scheme])
	}
	for range 20 {
		r := newResolver(t, Config{Chain: []Step{step1("only", holding(t))}, Schemes: schemes})
		_, _ = r.Resolve(t.Context(), refs(t, "z://x", "c://x", "d://x"))
	}
	if readers["b"].opens != 20 || readers["z"].opens+readers["c"].opens+readers["d"].opens != 0 {
		t.Errorf("opened %d times: b", readers["b"].opens)
	}
}

func TestPut_GoesToTheFirstProviderOrTheSchemes(t *testing.T) {
	var first, second, memory providertest.Memory
	r := newResolver(t, Config{
		Chain:   []Step{{Provider: "first", Open: opens(&first)}, {Provider: "second", Open: opens(&second)}},
		Schemes: map[string]Step{"memory": {Provider: "memory", Open: opens(&memory)}},
	})
	ctx := t.Context()
	if err := errors.Join(r.Put(ctx, ref(t, "a"), value("1")), r.Put(ctx, ref(t, "memory://b"), value("2"))); err != nil {
		t.Fatal(err)
	}
	if names := listed(t, &first); !slices.Equal(names, []string{"a"}) {
		t.Errorf("the first has %q", names)
	}
	if names := listed(t, &memory); !slices.Equal(names, []string{"b"}) {
		t.Errorf("the scheme's has %q", names)
	}
	if infos, err := r.List(ctx, "memory"); err != nil || len(infos) != 1 || infos[0].Name != "b" {
		t.Errorf("a scheme's provider lists %v, %v", infos, err)
	}
	if _, err := r.List(ctx, "nosuch"); !errors.Is(err, secret.ErrInvalidRef) {
		t.Errorf("an unknown scheme: %v", err)
	}
	if infos, err := r.List(ctx, ""); err != nil || len(infos) != 1 || infos[0].Name != "a" {
		t.Errorf("List: %v, %v", infos, err)
	}
	if err := errors.Join(r.Delete(ctx, ref(t, "a")), r.Delete(ctx, ref(t, "memory://b")), r.Check(ctx)); err != nil {
		t.Error(err)
	}
	if names := append(append(listed(t, &first), listed(t, &memory)...), listed(t, &second)...); len(names) != 0 {
		t.Errorf("left are %q", names)
	}
	err := r.Delete(ctx, ref(t, "a"))
	wantFailure(t, err, "first", ref(t, "a"), secret.ErrNotFound)
}

func listed(t *testing.T, m *providertest.Memory) []string {
	t.Helper()
	var names []string
	for info, err := range m.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, info.Name)
	}
	return names
}

func TestChange_MissingCapabilityIsUnsupportedAndNamesTheProvider(t *testing.T) {
	r := newResolver(t, Config{Chain: []Step{step1("environment", holding(t))}})
	ctx := t.Context()
	_, list := r.List(ctx, "")
	for op, err := range map[string]error{
		"put": r.Put(ctx, ref(t, "a"), value("Hunter2")), "delete": r.Delete(ctx, ref(t, "a")), "list": list,
	} {
		if !errors.Is(err, secret.ErrUnsupported) {
			t.Errorf("%s: got %v, want ErrUnsupported", op, err)
			continue
		}
		if text := err.Error(); !strings.Contains(text, "environment") || !strings.Contains(text, "thv secret provider") {
			t.Errorf("%s: %q names neither the provider nor what to do", op, text)
		}
	}
	if err := r.Check(ctx); err != nil {
		t.Errorf("Check of a provider that cannot tell: %v", err)
	}
}

func TestChange_PanicAndOpenFailuresAreErrors(t *testing.T) {
	f := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Panic("Hunter2") }}
	r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(f)}}})
	_, list := r.List(t.Context(), "")
	for _, err := range []error{r.Put(t.Context(), ref(t, "a"), value("1")), list, r.Check(t.Context())} {
		if !errors.Is(err, secret.ErrUnavailable) || strings.Contains(err.Error(), "Hunter2") {
			t.Errorf("the error is %v", err)
		}
	}
	locked := func(context.Context) (provider.Provider, error) { return nil, secret.ErrLocked }
	r = newResolver(t, Config{Chain: []Step{{Provider: "p", Open: locked}}})
	wantFailure(t, r.Check(t.Context()), "p", secret.Ref{}, secret.ErrLocked)
}

func TestResolver_LogsNoValue(t *testing.T) {
	var log bytes.Buffer
	r := newResolver(t, Config{
		Chain:  []Step{{Provider: "p", Open: opens(&providertest.Memory{})}},
		Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	ctx := t.Context()
	if err := r.Put(ctx, ref(t, "a"), value("Hunter2")); err != nil {
		t.Fatal(err)
	}
	got, err := r.Resolve(ctx, refs(t, "a"))
	if err != nil {
		t.Fatal(err)
	}
	text := log.String() + fmt.Sprintf("%v %+v %#v", got, got, got.Trace())
	if strings.Contains(text, "Hunter2") || !strings.Contains(text, "ref=a") {
		t.Errorf("log and trace are %s", text)
	}
}

// A log names what was done: what was only looked at before was not stored or checked.
func TestResolver_LogsWhatItDid(t *testing.T) {
	for logged, do := range map[string]func(*Resolver) error{
		"put":                func(r *Resolver) error { return r.Put(t.Context(), ref(t, "a"), value("v")) },
		`"check before put"`: func(r *Resolver) error { return r.Writable(t.Context(), ref(t, "a")) },
		"check":              func(r *Resolver) error { return r.CheckProvider(t.Context(), "p") },
		"open":               func(r *Resolver) error { return r.OpenProvider(t.Context(), "p") },
	} {
		var log bytes.Buffer
		r := newResolver(t, Config{
			Chain:  []Step{{Provider: "p", Open: opens(&providertest.Memory{})}},
			Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
		})
		if err := do(r); err != nil || !strings.Contains(log.String(), " msg="+logged+" ") {
			t.Errorf("got %q, %v, want msg=%s", log.String(), err, logged)
		}
	}
}
