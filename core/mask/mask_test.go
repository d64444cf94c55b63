package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func masker(values ...string) *Masker {
	list := make([]secret.Value, len(values))
	for i, value := range values {
		list[i] = secret.NewValue([]byte(value))
	}
	return New(list)
}

// naive returns the longest of values, or of their beginnings of cutAt bytes and
// more, that text begins with.
func naive(values []string) func(text string, start int) int {
	return func(text string, start int) int {
		longest := 0
		for _, value := range values {
			n := 0
			for n < len(value) && start+n < len(text) && text[start+n] == value[n] {
				n++
			}
			if n == len(value) || n >= cutAt {
				longest = max(longest, n)
			}
		}
		return longest
	}
}

// everywhere compares every pattern at every position.
func everywhere(p *patterns) func(text string, start int) int {
	return func(text string, start int) int {
		longest := 0
		for i := range p.list {
			var before byte
			if start > 0 {
				before = text[start-1]
			}
			if p.list[i].kind == word && !p.list[i].beside(before, []byte(text[start:]), len(p.list[i].want)) {
				continue
			}
			n, _ := p.list[i].walk([]byte(text[start:]), true)
			longest = max(longest, n)
		}
		return longest
	}
}

// oracle masks what at finds, looking at every position.
func oracle(at func(text string, start int) int, text string) string {
	var out strings.Builder
	done, region := 0, 0
	for start := range len(text) {
		longest := at(text, start)
		if longest == 0 || start+longest <= done {
			continue
		}
		if start >= region {
			mark, _ := markOf([]byte(text[start:]), longest, ("\x00" + text)[start])
			out.WriteString(text[done:start] + mark)
		}
		done, region = start+longest, start+longest
	}
	return out.String() + text[done:]
}

func seeded(t testing.TB) *rand.Rand {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewSource(seed))
}

// randomText is over few letters, so that occurrences, overlaps and near-misses abound.
func randomText(r *rand.Rand, length int) string {
	text := make([]byte, length)
	for i := range text {
		text[i] = "a1"[r.Intn(2)]
	}
	return string(text)
}

func TestMasker_AgreesWithAnOracle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := seeded(t)
		for range 3000 {
			var values []string
			for range 1 + r.Intn(4) {
				values = append(values, "a1"+randomText(r, MinLen+r.Intn(20)))
			}
			m, text := masker(values...), randomText(r, r.Intn(90))
			want := oracle(naive(values), text)
			if got := m.String(text); got != want {
				t.Fatalf("%q in %q: got %q, want %q", values, text, got, want)
			}
			var stream bytes.Buffer
			w := m.Writer(&stream)
			for rest := text; rest != ""; {
				n := 1 + r.Intn(len(rest))
				_, _ = w.Write([]byte(rest[:n]))
				rest = rest[n:]
			}
			if err := w.Close(); err != nil || stream.String() != want {
				t.Fatalf("%q in a stream of %q: got %q (%v), want %q", values, text, stream.String(), err, want)
			}
		}
	})
}

func TestMasker_OverlapsLeaveNothing(t *testing.T) {
	const r = secret.Redacted
	tests := []struct {
		name, text, want string
		values           []string
	}{
		{"overlapping", "xab1d2fgx", "x" + r + "x", []string{"ab1d2", "d2fg"}},
		{"nested", "xab1d2fgx", "x" + r + "x", []string{"ab1d2fg", "1d2f"}},
		{"longest", "xab1d2fgx", "x" + r + "x", []string{"ab1d", "ab1d2fg"}},
		{"longer one misses", "xab1d2fx", "x" + r + "2fx", []string{"ab1d", "ab1d2fg"}},
		{"touching", "ab1dab1d", r + r, []string{"ab1d"}},
		{"self-overlapping", "a-a-a-a-a", r, []string{"a-a-a"}},
		{"at the end", "xab1d", "x" + r, []string{"ab1d"}},
		{"cut off", "xab1", "xab1", []string{"ab1d"}},
		{"line end stays", "token\nnext", r + "\nnext", []string{"token\n"}},
		{"too short", "abc abc\n", "abc abc\n", []string{"abc", "abc\n", ""}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := masker(test.values...).String(test.text); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestMasker_LongValueIsOneMark(t *testing.T) {
	r := seeded(t)
	for _, length := range []int{255, 256, 257, 511, 512, 1000, 70000} {
		value := make([]byte, length)
		for i := range value {
			value[i] = byte('!' + r.Intn(90))
		}
		got := masker(string(value)).String("<" + string(value) + ">")
		if want := "<" + secret.Redacted + ">"; got != want {
			t.Errorf("length %d: got %d bytes: %.200q of %.300q", length, len(got), got, value)
		}
	}
}

func TestMasker_MasksBase64OfLongerText(t *testing.T) {
	for length := MinLen; length < 20; length++ {
		value := "s3cr3t-V@lue-0123456"[:length]
		m := masker(value)
		for before := range 7 {
			for after := range 4 {
				text := strings.Repeat("x", before) + value + strings.Repeat("y", after)
				got := m.String(base64.StdEncoding.EncodeToString([]byte(text)))
				left := strings.TrimRight(strings.Replace(got, secret.Redacted, "", 1), "=")
				// What stays encodes the neighbours, and one character at
				// either end that they share with the value.
				if limit := (before*8+5)/6 + (after*8+5)/6 + 2; !strings.Contains(got, secret.Redacted) || len(left) > limit {
					t.Errorf("%d bytes between %d and %d: %q", length, before, after, got)
				}
				if after == 0 && !strings.HasSuffix(got, secret.Redacted) {
					t.Errorf("the padding of %d bytes after %d stays: %q", length, before, got)
				}
			}
		}
	}
}

func TestMasker_MasksLinesAndWrappedText(t *testing.T) {
	lines := []string{"-----BEGIN KEY-----", "  MIIEvQIBADANBgkqhkiG9w0BAQEF", "x", "AASCBKcwggSjAgEAAoIBAQC7\\+&", "-----END KEY-----"}
	value := strings.Join(lines, "\n") + "\n"
	m := masker(value)
	for _, text := range []string{value, strings.ReplaceAll(value, "\n", "\r\n")} {
		if got := m.String(text); strings.TrimSpace(got) != secret.Redacted {
			t.Errorf("the whole became %q", got)
		}
	}
	for _, line := range lines[1:4] {
		quoted, _ := json.Marshal(line)
		got := m.String("1: " + line + "|" + string(quoted) + "\r\n")
		if strings.Count(got, secret.Redacted) != 2 && len(line) > 1 {
			t.Errorf("line %q became %q", line, got)
		}
	}
	encoded := base64.StdEncoding.EncodeToString([]byte(value))
	for _, eol := range []string{"\n", "\r\n"} {
		wrapped := encoded[:76] + eol + encoded[76:]
		if got := m.String(wrapped); got != secret.Redacted {
			t.Errorf("wrapped base64 became %q", got)
		}
	}
}

func TestMasker_LeavesOtherBytesAlone(t *testing.T) {
	r := seeded(t)
	m := masker("correct-horse-battery", "5up3r\x00\xff\xfebinary", "line one\nline two\n")
	data := make([]byte, 1<<20)
	r.Read(data)
	if got := m.Bytes(data); &got[0] != &data[0] {
		t.Error("Bytes copied what holds no value")
	}
	var out bytes.Buffer
	w := m.Writer(&out)
	for rest := data; len(rest) > 0; {
		n := min(len(rest), 1+r.Intn(100_000))
		if written, err := w.Write(rest[:n]); written != n || err != nil {
			t.Fatal(written, err)
		}
		rest = rest[n:]
	}
	if err := w.Close(); err != nil || !bytes.Equal(out.Bytes(), data) {
		t.Error("random data changed on its way", err)
	}
}

func TestMasker_EmptyMasksNothing(t *testing.T) {
	var none *Masker
	for _, m := range []*Masker{none, {}, New(nil), masker("abc")} {
		var out bytes.Buffer
		w := m.Writer(&out)
		_, err := w.Write([]byte("abc"))
		if !m.Empty() || err != nil || w.Close() != nil || out.String() != "abc" || m.String("abc") != "abc" || string(m.Bytes([]byte("abc"))) != "abc" {
			t.Errorf("%v masks", m)
		}
	}
	if masker("ab1d").Empty() {
		t.Error("a Masker of a value says that it is empty")
	}
}

func TestMasker_PrintsNoValue(t *testing.T) {
	m := masker("canary-value")
	w := m.Writer(&bytes.Buffer{})
	_, _ = w.Write([]byte("canary-val"))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, v := range []any{m, *m, w, []any{m, w}, struct{ m Masker }{*m}} {
			text := fmt.Sprintf(verb, v)
			if strings.Contains(text, "canary") || strings.Contains(text, hex.EncodeToString([]byte("canary"))) || strings.Contains(text, "99 97 110") {
				t.Errorf("%s of %T prints a value", verb, v)
			}
		}
	}
	_ = w.Close()
}

func TestMasker_ServesManyGoroutines(t *testing.T) {
	m := masker("canary-value", "another value")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				if got := m.String("a canary-value b"); got != "a "+secret.Redacted+" b" {
					t.Error(got)
				}
			}
		})
	}
	wg.Wait()
}

func TestNew_TakesManyAndLongValues(t *testing.T) {
	r := seeded(t)
	var values []string
	for range 200 {
		values = append(values, randomText(r, 300))
	}
	m := masker(values...)
	for _, value := range values {
		if got := m.String(value); got != secret.Redacted {
			t.Fatalf("got %q, want the value masked", got)
		}
	}
}
