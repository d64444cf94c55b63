package exec

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/protocol"
	"github.com/thv-secrets/thv/core/secret"
)

func TestTake_ManyPagesAreNotCopiedAgainForEach(t *testing.T) {
	const pages = 10_000
	listing, reading := call{op: protocol.OpList}, call{op: protocol.OpGetAll, refs: pages}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for n := range pages {
		more := n+1 < pages
		item := protocol.Answer{Items: []protocol.Item{{Name: fmt.Sprint(n)}}, More: more}
		result := protocol.Answer{Results: []protocol.Result{{Value: &protocol.Plaintext{}}}, More: more}
		if wrong := listing.take(&item) + reading.take(&result); wrong != "" {
			t.Fatal(wrong)
		}
	}
	runtime.ReadMemStats(&after)
	items, results := listing.answer.Items, reading.answer.Results
	if len(items) != pages || len(results) != pages || items[0].Name != "0" || items[pages-1].Name != fmt.Sprint(pages-1) {
		t.Errorf("%d items and %d results", len(items), len(results))
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 100<<20 {
		t.Errorf("%d pages took %d MiB", pages, used>>20)
	}
}

func TestTake_MoreThanAnAnswerHoldsIsABreak(t *testing.T) {
	value := protocol.NewPlaintext(secret.NewValue(make([]byte, protocol.MaxValue)))
	const fit = protocol.MaxAnswer / (protocol.MaxValue + 64)
	for _, left := range []bool{false, true} {
		reading := call{op: protocol.OpGetAll, refs: fit + 1, left: left}
		for n := range fit + 1 {
			wrong := reading.take(&protocol.Answer{Results: []protocol.Result{{Value: value}}, More: n < fit})
			if n < fit && wrong != "" || n == fit && wrong != "the answer has more than 67108864 bytes" {
				t.Errorf("page %d of %d: %q", n+1, fit+1, wrong)
			}
		}
		if left && reading.answer.Results != nil {
			t.Error("results without a waiting caller are kept")
		}
	}
}

func TestValues_TooManyToMaskAreNotKeptAndNothingIsShown(t *testing.T) {
	var v values
	v.add(secret.NewValue([]byte("Hunter2")))
	v.size += maxMasked - 7                   // as if more had come
	v.add(secret.NewValue([]byte("Hunter2"))) // again
	if got := v.line("it is Hunter2"); got != "it is [redacted]" {
		t.Errorf("%q", got)
	}
	v.add(secret.NewValue([]byte("a")))
	if got := v.line("it is Hunter2"); !strings.Contains(got, "is not shown") || strings.Contains(got, "Hunter2") {
		t.Errorf("%q", got)
	}
	if v.add(secret.NewValue([]byte("b"))); v.list != nil || v.seen != nil || v.masker != nil {
		t.Error("values are kept")
	}
	if got := v.line(""); got != "" {
		t.Errorf("%q of nothing", got)
	}
}

func TestStderr_IsWithheldWhereTooMuchIsToBeMasked(t *testing.T) {
	c, out := logging("prints", slog.LevelDebug)
	p := open(t, c)
	if err := p.Put(t.Context(), secretRef("b"), secret.NewValue([]byte("Hunter2-put"))); !strings.Contains(err.Error(), "[redacted]") {
		t.Error(err)
	}
	p.session.values.add(secret.NewValue(make([]byte, maxMasked)))
	err := p.Put(t.Context(), secretRef("b"), secret.NewValue([]byte("Hunter2-put")))
	if !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "is not shown") {
		t.Error(err)
	}
	_ = p.Close()
	if text := out.String(); strings.Contains(text, "Hunter2") || !strings.Contains(text, "is not shown") {
		t.Error(text)
	}
}
