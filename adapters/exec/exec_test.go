package exec

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

func TestConformance(t *testing.T) {
	t.Run("Unavailable", func(t *testing.T) {
		t.Parallel()
		harness, touch := conformance(t)
		harness.Break = touch("break")
		providertest.Run(t, harness)
	})
	t.Run("Killed", func(t *testing.T) {
		t.Parallel()
		harness, _ := conformance(t)
		harness.Break = func(_ testing.TB, p provider.Provider) { p.(*Provider).session.process.kill() }
		providertest.Run(t, harness)
	})
}

// conformance is a harness without a Break, and what makes a file that the program looks
// for.
func conformance(t *testing.T) (harness providertest.Harness, touch func(name string) func(testing.TB, provider.Provider)) {
	var folder string
	touch = func(name string) func(testing.TB, provider.Provider) {
		return func(t testing.TB, _ provider.Provider) {
			if err := os.WriteFile(filepath.Join(folder, name), nil, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	return providertest.Harness{
		New: func(t testing.TB) provider.Provider {
			folder = t.TempDir()
			return open(t, config("memory", folder))
		},
		Present:    []secret.Ref{ref(t, "api-key"), ref(t, "OTHER"), ref(t, "memory://token")},
		Missing:    ref(t, "missing"),
		Unreadable: []secret.Ref{ref(t, "memory:///a")},
		Unholdable: []secret.Ref{ref(t, ".hidden")},
		MaxValue:   providertest.MemoryMaxValue,
		Hang:       touch("hang"),
	}, touch
}

func TestProvider_WithoutCapabilitiesSaysSo(t *testing.T) {
	p := open(t, config("reader"))
	if _, err := get(t, p, "a"); !errors.Is(err, secret.ErrNotFound) {
		t.Error(err)
	}
	_, batch := p.GetAll(t.Context(), []secret.Ref{ref(t, "a"), ref(t, "b")})
	failed := []error{p.Put(t.Context(), ref(t, "a"), secret.Value{}), p.Delete(t.Context(), ref(t, "a")), batch}
	for _, err := range p.List(t.Context()) {
		failed = append(failed, err)
	}
	for _, err := range failed {
		if !errors.Is(err, secret.ErrUnsupported) || !strings.Contains(err.Error(), program) {
			t.Error(err)
		}
	}
	if err := p.Check(t.Context()); err != nil || len(failed) != 4 {
		t.Errorf("%v, %d errors", err, len(failed))
	}
}

func TestProvider_AnotherSchemeIsNotAskedFor(t *testing.T) {
	p := open(t, config("never reads"))
	for _, r := range []secret.Ref{ref(t, "op://v/i/f"), {}} {
		_, err := p.Get(t.Context(), r)
		results, batch := p.GetAll(t.Context(), []secret.Ref{r})
		if batch != nil || len(results) != 1 {
			t.Fatal(batch)
		}
		for _, err := range []error{err, results[0].Err, p.Put(t.Context(), r, secret.Value{}), p.Delete(t.Context(), r)} {
			if !errors.Is(err, secret.ErrInvalidRef) || !strings.Contains(err.Error(), "memory://PATH") {
				t.Error(err)
			}
		}
	}
}

func TestGetAll_CarriesCached(t *testing.T) {
	p := open(t, config("cached"))
	results, err := p.GetAll(t.Context(), []secret.Ref{ref(t, "a"), ref(t, "b"), ref(t, "c")})
	if err != nil {
		t.Fatal(err)
	}
	cached := []bool{results[0].Cached, results[1].Cached, results[2].Cached}
	if diff := cmp.Diff([]bool{true, false, true}, cached); diff != "" || !errors.Is(results[2].Err, secret.ErrNotFound) {
		t.Errorf("%s\n%v", diff, results[2].Err)
	}
}

func TestPut_ValueThatFitsNoMessageIsTooLarge(t *testing.T) {
	p := open(t, config("never reads"))
	if err := p.Put(t.Context(), ref(t, "a"), secret.NewValue(make([]byte, protocol.MaxValue+1))); !errors.Is(err, secret.ErrTooLarge) {
		t.Error(err)
	}
}

func TestList_LeavesOutWhatIsNoReferenceAndCleansText(t *testing.T) {
	p := open(t, config("odd names"))
	var got []secret.Info
	for info, err := range p.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, info)
	}
	want := []secret.Info{
		{Name: "a", Description: `two lines\x1b[2J`, Created: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)},
		{Name: "memory://b"}, {Name: "__thv_scope_f"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFailure_TextIsOneMaskedLineWithItsClass(t *testing.T) {
	p := open(t, config("errors"))
	for range 2 {
		if _, err := get(t, p, "a"); err != nil {
			t.Fatal(err)
		}
	}
	for class, want := range map[string]error{
		"not-found": secret.ErrNotFound, "denied": secret.ErrDenied, "locked": secret.ErrLocked, "unavailable": secret.ErrUnavailable,
		"invalid-ref": secret.ErrInvalidRef, "unsupported": secret.ErrUnsupported, "corrupt": secret.ErrCorrupt,
		"too-large": secret.ErrTooLarge, "conflict": secret.ErrConflict, "timeout": context.DeadlineExceeded,
		"ok": secret.ErrUnavailable, "canceled": secret.ErrUnavailable, "Hunter2": secret.ErrUnavailable,
	} {
		_, err := get(t, p, class)
		if !errors.Is(err, want) {
			t.Errorf("%s: %v", class, err)
			continue
		}
		text := err.Error()
		if strings.Contains(text, "Hunter2") || strings.Contains(text, "Hunter3 of two words") || strings.ContainsAny(text, "\x1b\r\n\x00\u202e") || len(text) > protocol.MaxMessage+100 {
			t.Errorf("%s: the text is not clean: %q", class, text)
		}
		if !strings.HasPrefix(text, want.Error()+": the ") || !strings.HasSuffix(text, "(try again in 1.5s)") {
			t.Errorf("%s: %q", class, text)
		}
	}
}

func TestProgram_SeesNothingOfItsHost(t *testing.T) {
	t.Setenv("EXEC_TEST_CANARY", "Hunter2")
	c := config("surroundings", "one argument", "*")
	c.Env = append(c.Env, "OWN=value")
	p := open(t, c)
	see := func(what string) []string {
		text, err := get(t, p, what)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(text, "\n")
	}
	env := slices.DeleteFunc(see("environment"), func(v string) bool { return strings.HasPrefix(v, "SYSTEMROOT=") })
	if diff := cmp.Diff(c.Env, env); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(c.Command, see("arguments")); diff != "" {
		t.Error(diff)
	}
	if folder := see("folder")[0]; folder != root(program) {
		t.Errorf("it works in %s", folder)
	}
}

func TestProvider_ManyGoroutinesGetTheirOwnAnswers(t *testing.T) {
	p := open(t, config("hangs in a call"))
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			text := "name-" + strings.Repeat("x", i)
			if got, err := get(t, p, text); err != nil || got != text {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
	all.Wait()
}
