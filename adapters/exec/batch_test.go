package exec

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

func TestGetAll_OfARunIsOneRequest(t *testing.T) {
	t.Parallel()
	p := open(t, config("memory", t.TempDir()))
	refs := slices.Repeat([]secret.Ref{ref(t, "memory://"+strings.Repeat("é", 900))}, 1000)
	before := p.session.last
	results, err := p.GetAll(t.Context(), refs)
	if asked := p.session.last - before; err != nil || len(results) != len(refs) || asked != 1 {
		t.Errorf("%d results by %d requests, %v", len(results), asked, err)
	}
}

func TestGetAll_KeepsTheOrderOverSeveralRequests(t *testing.T) {
	t.Parallel()
	p := open(t, config("memory", t.TempDir()))
	kept := []secret.Ref{ref(t, "first"), ref(t, "memory://middle"), ref(t, "last")}
	for _, r := range kept {
		if err := p.Put(t.Context(), r, secret.NewValue([]byte(r.Path()))); err != nil {
			t.Fatal(err)
		}
	}
	missing := slices.Repeat([]secret.Ref{ref(t, "memory://"+strings.Repeat(`"`, 2000)), ref(t, "op://a/b/c")}, 800)
	refs := slices.Concat(kept[:1], missing, kept[1:2], missing, kept[2:])
	before := p.session.last
	results, err := p.GetAll(t.Context(), refs)
	if asked := p.session.last - before; err != nil || len(results) != len(refs) || asked != 2 {
		t.Fatalf("%d results by %d requests, %v", len(results), asked, err)
	}
	answered := map[string]provider.Result{}
	for i, r := range refs {
		if first, again := answered[r.String()]; again {
			if secret.ClassOf(results[i].Err) != secret.ClassOf(first.Err) {
				t.Fatalf("result %d is %v", i, results[i].Err)
			}
			continue
		}
		answered[r.String()] = results[i]
		value, err := p.Get(t.Context(), r)
		if !value.Equal(results[i].Value) || secret.ClassOf(err) != secret.ClassOf(results[i].Err) {
			t.Errorf("result %d is not what Get answers: %v, %v", i, results[i].Err, err)
		}
	}
}

// TestBatches_FillALine looks at the lines themselves, by references that become
// longer on a line, and by such that do not.
func TestBatches_FillALine(t *testing.T) {
	t.Parallel()
	for _, text := range []string{strings.Repeat(`\<`, 100), strings.Repeat("é", 100), "a\u200d" + strings.Repeat(`"`, 250), "memory://" + strings.Repeat("x", 2000)} {
		r := ref(t, text)
		lineLen := func(n int) int {
			request := protocol.Request{ID: math.MaxInt64, Op: protocol.OpGetAll, Refs: slices.Repeat([]string{r.String()}, n), TimeoutMS: math.MaxInt64}
			line, _ := protocol.Line(request) // none where it is too long
			return len(line)
		}
		refs := slices.Repeat([]secret.Ref{r}, 2*protocol.MaxLine/encodedLen(r)+7)
		asked := make([]int, len(refs))
		for i := range asked {
			asked[i] = i
		}
		parts := batches(refs, asked)
		for n, part := range parts {
			full := lineLen(len(part)) + requestLen + encodedLen(r)
			if size := lineLen(len(part)); size == 0 || n+1 < len(parts) && full <= protocol.MaxLine {
				t.Errorf("%.20q: part %d of %d has %d references on a line of %d bytes", text, n+1, len(parts), len(part), size)
			}
		}
		if got := slices.Concat(parts...); !slices.Equal(got, asked) {
			t.Errorf("%.20q: the parts have %d of %d references", text, len(got), len(asked))
		}
	}
	if parts := batches(nil, nil); parts != nil {
		t.Errorf("%v of nothing", parts)
	}
}
