package resolve

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/providertest"
	"github.com/thv-secrets/thv/core/secret"
)

// planned opens a Faulty whose calls about a reference fail as faults say.
func planned(faults map[string]providertest.Fault) *providertest.Faulty {
	return &providertest.Faulty{Plan: func(c providertest.Call) providertest.Fault {
		for _, ref := range c.Refs {
			if fault := faults[ref.String()]; fault != nil {
				return fault
			}
		}
		return nil
	}}
}

// single hides a provider's batch.
type single struct{ p provider.Provider }

func (s single) Get(ctx context.Context, ref secret.Ref) (secret.Value, error) {
	return s.p.Get(ctx, ref)
}

func TestResolve_HangThatIgnoresTheContextEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		defer close(release)
		p := planned(map[string]providertest.Fault{"b": providertest.Hang(release)})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(single{p})}}, Timeout: 3 * time.Second})
		began := time.Now()
		_, err := r.Resolve(t.Context(), refs(t, "a", "b"))
		wantFailure(t, err, "p", ref(t, "b"), context.DeadlineExceeded)
		if errors.Is(err, secret.ErrNotFound) || time.Since(began) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
	})
}

func rule(t testing.TB, names ...string) fallback.Rule {
	t.Helper()
	on, err := fallback.ParseRule(names)
	if err != nil {
		t.Fatal(err)
	}
	return on
}

func TestResolve_OwnTimeoutOfAProviderGoesOnByTheRule(t *testing.T) {
	slow := planned(map[string]providertest.Fault{"a": func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, time.Second)
		defer cancel()
		return providertest.Delay(time.Hour)(ctx)
	}})
	for _, names := range [][]string{{"a"}, {"a", "b"}} {
		synctest.Test(t, func(t *testing.T) {
			r := newResolver(t, Config{Chain: []Step{
				{Provider: "slow", Open: opens(slow), On: rule(t, "timeout", "not-found")},
				step1("next", holding(t, "a", "1", "b", "2")),
			}})
			if _, err := r.Resolve(t.Context(), refs(t, names...)); err != nil {
				t.Errorf("Resolve(%q): got error %v, want none", names, err)
			}
			r = newResolver(t, Config{Chain: []Step{{Provider: "slow", Open: opens(slow)}, step1("next", holding(t, "a", "1"))}})
			_, err := r.Resolve(t.Context(), refs(t, names...))
			wantFailure(t, err, "slow", ref(t, "a"), context.DeadlineExceeded)
		})
	}
}

func TestResolve_NobodyIsAskedOnceTheTimeIsOut(t *testing.T) {
	for name, fault := range map[string]providertest.Fault{
		"timeout": providertest.Delay(time.Hour),
		"absence": func(ctx context.Context) error {
			<-ctx.Done()
			return secret.ErrNotFound
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			slow, next := planned(map[string]providertest.Fault{"a": fault}), holding(t, "a", "1")
			r := newResolver(t, Config{
				Chain: []Step{
					{Provider: "slow", Open: opens(single{slow}), On: rule(t, "timeout", "not-found")}, step1("next", next),
				},
				Timeout: time.Second,
			})
			got, err := r.Resolve(t.Context(), refs(t, "a"))
			wantFailure(t, err, "slow", ref(t, "a"), context.DeadlineExceeded)
			if trace := got.Trace()[0]; len(trace.Attempts) != 1 || trace.Class != secret.ClassTimeout || next.opens != 0 {
				t.Errorf("%s: trace %+v, the next opened %d times", name, trace, next.opens)
			}
		})
	}
}

func TestResolve_OpenerThatHangsEndsAtTheDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		calls := atomic.Int32{}
		open := func(context.Context) (provider.Provider, error) {
			calls.Add(1)
			<-release
			return &providertest.Memory{}, nil
		}
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: open}}, Timeout: time.Second})
		for range 2 {
			_, err := r.Resolve(t.Context(), refs(t, "a", "b"))
			wantFailure(t, err, "p", ref(t, "a"), context.DeadlineExceeded)
		}
		close(release)
		synctest.Wait()
		if _, err := r.Get(t.Context(), ref(t, "a")); !errors.Is(err, secret.ErrNotFound) || calls.Load() != 1 {
			t.Errorf("opened %d times, error %v", calls.Load(), err)
		}
	})
}

func TestResolve_CancelIsAnsweredUnchangedAndAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := planned(map[string]providertest.Fault{"a": providertest.Delay(time.Hour)})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(p)}}})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		began := time.Now()
		got, err := r.Resolve(ctx, refs(t, "a"))
		if err != context.Canceled || time.Since(began) != time.Second { //nolint:errorlint // unchanged is the promise
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		if trace := got.Trace()[0]; trace.Class != secret.ClassCanceled || trace.DecidedBy() != "" {
			t.Errorf("trace %+v", trace)
		}
	})
}

func TestResolve_DoneContextAsksNobody(t *testing.T) {
	only := holding(t, "a", "1")
	r := newResolver(t, Config{Chain: []Step{step1("only", only)}})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Get(ctx, ref(t, "a")); !errors.Is(err, context.Canceled) || len(only.asked) != 0 {
		t.Errorf("%d asked, error %v", len(only.asked), err)
	}
}

func TestResolve_FailureStopsLaterReferencesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := planned(map[string]providertest.Fault{
			"a": providertest.Fail(secret.ErrDenied), "b": providertest.Delay(time.Hour),
		})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(single{p})}}})
		began := time.Now()
		got, err := r.Resolve(t.Context(), refs(t, "a", "b"))
		wantFailure(t, err, "p", ref(t, "a"), secret.ErrDenied)
		if time.Since(began) != 0 || got.Trace()[1].Class != secret.ClassCanceled {
			t.Errorf("after %v, trace %+v", time.Since(began), got.Trace())
		}
	})
}

func TestResolve_FailureStopsEarlierReferencesAfterGrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := planned(map[string]providertest.Fault{
			"a": providertest.Delay(time.Hour), "b": providertest.Fail(secret.ErrDenied),
		})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(single{p})}}})
		began := time.Now()
		_, err := r.Resolve(t.Context(), refs(t, "a", "b"))
		wantFailure(t, err, "p", ref(t, "b"), secret.ErrDenied)
		if time.Since(began) != grace {
			t.Errorf("after %v", time.Since(began))
		}
	})
}

func TestResolve_OfFailuresAtOnceTheEarliestReferenceCounts(t *testing.T) {
	late := func(ctx context.Context) error {
		_ = providertest.Delay(grace / 2)(ctx)
		return secret.ErrLocked
	}
	for range 20 {
		synctest.Test(t, func(t *testing.T) {
			p := planned(map[string]providertest.Fault{
				"a": late, "b": providertest.Fail(secret.ErrDenied), "c": providertest.Fail(secret.ErrCorrupt),
			})
			r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(single{p})}}})
			_, err := r.Resolve(t.Context(), refs(t, "a", "b", "c"))
			wantFailure(t, err, "p", ref(t, "a"), secret.ErrLocked)
		})
	}
}

func TestList_EndsWithItsContextWherePutIsWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		f := &providertest.Faulty{Plan: func(providertest.Call) providertest.Fault { return providertest.Hang(release) }}
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(f)}}})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		time.AfterFunc(time.Minute, func() { close(release) })
		if _, err := r.List(ctx, ""); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("List: %v", err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		if err := r.Put(ctx, ref(t, "a"), value("1")); !errors.Is(err, secret.ErrUnavailable) || time.Since(began) < 50*time.Second {
			t.Errorf("Put after %v: %v", time.Since(began), err)
		}
	})
}

// A goroutine that a well-behaved provider needs ends with Resolve.
func TestResolve_LeavesNoGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := planned(map[string]providertest.Fault{
			"a": providertest.Delay(time.Hour), "b": providertest.Fail(secret.ErrDenied), "c": providertest.Delay(time.Hour),
		})
		r := newResolver(t, Config{Chain: []Step{{Provider: "p", Open: opens(single{p})}}})
		_, err := r.Resolve(t.Context(), refs(t, "a", "b", "c", "d"))
		wantFailure(t, err, "p", ref(t, "b"), secret.ErrDenied)
		synctest.Wait()
		if left := ours(); left != "" {
			t.Errorf("left behind:\n%s", left)
		}
	})
}

// ours are the stacks of goroutines that this package started.
func ours() string {
	stacks := make([]byte, 1<<20)
	stacks = stacks[:runtime.Stack(stacks, true)]
	var left []string
	for stack := range strings.SplitSeq(string(stacks), "\n\n") {
		if strings.Contains(stack, "created by github.com/thv-secrets/thv/core/resolve.") && !strings.Contains(stack, "core/resolve.Test") {
			left = append(left, stack)
		}
	}
	return strings.Join(left, "\n\n")
}

// The default concurrency is such that many slow references are few waits.
func TestResolve_HundredSlowReferencesAreFourWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const answer = 50 * time.Millisecond
		var names []string
		var pairs []any
		for i := range 100 {
			names = append(names, fmt.Sprintf("n%d", i))
			pairs = append(pairs, names[i], "v")
		}
		slow := holding(t, pairs...)
		slow.delay = func() time.Duration { return answer }
		r := newResolver(t, Config{Chain: []Step{step1("slow", slow)}})
		began := time.Now() // of the bubble's own clock, which is exact
		if _, err := r.Resolve(t.Context(), refs(t, names...)); err != nil {
			t.Fatal(err)
		}
		if waits := time.Since(began) / answer; waits > 4 {
			t.Errorf("%d waits", waits)
		}
	})
}
