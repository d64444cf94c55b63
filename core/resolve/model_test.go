package resolve

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/fallback"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// world is a random chain of providers, and questions to it.
type world struct {
	readers []*reader
	batch   []bool
	rules   []fallback.Rule
	goesOn  [][]secret.Class
	refs    []secret.Ref
	workers int
}

var failures = []error{
	secret.ErrNotFound, secret.ErrNotFound, secret.ErrNotFound, secret.ErrUnavailable, secret.ErrDenied, secret.ErrLocked,
	context.DeadlineExceeded, // a provider's own
}

func newWorld(t *testing.T, random *rand.Rand) *world {
	w := &world{workers: 1 + random.IntN(4)}
	names := refs(t, "a", "b", "c", "d", "e", "f")
	for i := range 1 + random.IntN(3) {
		r := &reader{answers: map[secret.Ref]provider.Result{}}
		for _, ref := range names {
			switch n := random.IntN(10); {
			case n < 5:
				r.answers[ref] = provider.Result{Value: value(fmt.Sprintf("%s of %d", ref, i))}
			case n < 5+random.IntN(3):
				r.answers[ref] = provider.Result{Err: failures[random.IntN(len(failures))]}
			}
		}
		var mu sync.Mutex
		delays := rand.New(rand.NewPCG(random.Uint64(), 0))
		r.delay = func() time.Duration {
			mu.Lock()
			defer mu.Unlock()
			return time.Duration(delays.IntN(8)) * time.Millisecond
		}
		goesOn := []secret.Class{secret.ClassNotFound}
		if random.IntN(2) == 0 {
			goesOn = append(goesOn, secret.ClassUnavailable)
		}
		rule, err := fallback.ParseRule(texts(goesOn))
		if err != nil {
			t.Fatal(err)
		}
		w.readers, w.batch = append(w.readers, r), append(w.batch, random.IntN(2) == 0)
		w.rules, w.goesOn = append(w.rules, rule), append(w.goesOn, goesOn)
	}
	for range random.IntN(9) {
		w.refs = append(w.refs, names[random.IntN(len(names))])
	}
	return w
}

func texts(classes []secret.Class) []string {
	var list []string
	for _, class := range classes {
		list = append(list, string(class))
	}
	return list
}

func (w *world) resolver(t *testing.T) *Resolver {
	c := Config{Concurrency: w.workers}
	for i, r := range w.readers {
		open := provider.Opener(r.open)
		if w.batch[i] {
			open = batchReader{r}.open
		}
		c.Chain = append(c.Chain, Step{Provider: fmt.Sprint(i), Open: open, On: w.rules[i]})
	}
	return newResolver(t, c)
}

// fate is what the model says of one reference.
type fate struct {
	value  secret.Value
	err    error
	step   int // of the provider that decides
	failed int // the depth at which it fails; -1 where it does not
	asks   int
}

// fate walks the chain for one reference alone.
func (w *world) fate(ref secret.Ref) fate {
	f := fate{failed: -1}
	for i, r := range w.readers {
		f.asks++
		v, err := r.answer(ref)
		if err == nil {
			return fate{value: v, failed: -1, asks: f.asks}
		}
		if f.err == nil || !errors.Is(err, secret.ErrNotFound) {
			f.err, f.step = err, i
		}
		if i+1 < len(w.readers) && slices.Contains(w.goesOn[i], secret.ClassOf(err)) {
			continue
		}
		if !errors.Is(f.err, secret.ErrNotFound) {
			f.failed = i
		}
		return f
	}
	return f
}

func (w *world) check(t *testing.T, got *Resolution, err error) {
	var missing []secret.Ref
	var worst *fate
	var about secret.Ref
	seen := map[secret.Ref]bool{}
	for _, ref := range w.refs {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		f := w.fate(ref)
		if f.failed >= 0 && (worst == nil || f.failed < worst.failed) {
			worst, about = &f, ref
		}
		if f.err != nil && f.failed < 0 {
			missing = append(missing, ref)
		}
	}
	switch {
	case worst != nil:
		wantFailure(t, err, fmt.Sprint(worst.step), about, worst.err)
	case len(missing) > 0:
		var m *MissingError
		if !errors.As(err, &m) || !slices.Equal(m.Refs, missing) {
			t.Errorf("the error is %v, want %v missing", err, missing)
		}
		w.checkAsks(t, got)
	case err != nil:
		t.Error(err)
	default:
		w.checkAsks(t, got)
	}
	for _, ref := range w.refs {
		if v, ok := got.Value(ref); ok != (err == nil) || ok && !v.Equal(w.fate(ref).value) {
			t.Errorf("%q has a value: %t, or another one", ref, ok)
		}
	}
	w.checkOnce(t)
}

func (w *world) checkAsks(t *testing.T, got *Resolution) {
	for _, trace := range got.Trace() {
		f := w.fate(trace.Ref)
		if len(trace.Attempts) != f.asks || trace.Class != secret.ClassOf(f.err) {
			t.Errorf("the trace of %q is %s and ends %s, want %d asks", trace.Ref, path(trace), trace.Class, f.asks)
		}
	}
}

func (w *world) checkOnce(t *testing.T) {
	for i, r := range w.readers {
		if r.opens > 1 || r.opens == 0 && len(r.asked) > 0 {
			t.Errorf("provider %d is opened %d times", i, r.opens)
		}
		if r.most > w.workers {
			t.Errorf("provider %d has %d calls at once, over %d", i, r.most, w.workers)
		}
		for ref, n := range r.asked {
			if n > 1 {
				t.Errorf("provider %d is asked %d times for %q", i, n, ref)
			}
		}
	}
}

func TestResolve_AgreesWithANaiveModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	for i := range 2000 {
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t, random)
			got, err := w.resolver(t).Resolve(t.Context(), w.refs)
			synctest.Wait()
			w.check(t, got, err)
		})
		if t.Failed() {
			t.Fatalf("case %d of seed %d", i, seed)
		}
	}
}
