package mask

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

const redacted = secret.Redacted

// shared is a buffer that a timer may write to.
type shared struct {
	mutex  sync.Mutex
	buffer bytes.Buffer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.Write(p)
}

func (s *shared) String() string {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return s.buffer.String()
}

// A test that splits a text runs on synctest's clock, so that a machine that
// pauses releases nothing.
func TestWriter_EverySplitGivesTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := masker("abc1b", "c1bba", "1bba\nc1b", "word", "12345678")
		for _, text := range []string{"xabc1bbax", "abc1bc1bbac1b", "1b1bc1bba1b", "1bba\r\nc1bx", "YWJjMWI=", "a word swords", `x\u0061bc1b`, "[12345678,0]", "12345678,"} {
			want := oracle(everywhere(m.patterns()), text)
			for splits := range 1 << (len(text) - 1) {
				var out bytes.Buffer
				w, start := m.Writer(&out), 0
				for i := range len(text) {
					if i == len(text)-1 || splits>>i&1 == 1 {
						_, _ = w.Write([]byte(text[start : i+1]))
						start = i + 1
					}
				}
				if err := w.Close(); err != nil || out.String() != want {
					t.Fatalf("%q split as %b: got %q (%v), want %q", text, splits, out.String(), err, want)
				}
			}
		}
	})
}

func TestWriter_HoldsBackOnlyWhatMayBeAValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := masker("secret-1").Writer(&out)
		steps := []struct{ write, want string }{
			{`{"id":1}` + "\n", `{"id":1}` + "\n"},
			{"a sec", "a "},
			{"t", "sect"},
			{"secret-", ""},
			{"1", redacted},
			{"secret-1 and s", redacted + " and "},
		}
		for _, step := range steps {
			out.Reset()
			if n, err := w.Write([]byte(step.write)); n != len(step.write) || err != nil {
				t.Fatal(n, err)
			}
			if out.String() != step.want {
				t.Errorf("after %q: got %q, want %q at once", step.write, out.String(), step.want)
			}
		}
		out.Reset()
		if err := w.Close(); err != nil || out.String() != "s" {
			t.Errorf("Close wrote %q (%v), want what was held back", out.String(), err)
		}
	})
}

func TestWriter_ReleasesAnIdleTail(t *testing.T) {
	tests := []struct {
		held string
		wait time.Duration
	}{
		{"s", 50 * time.Millisecond}, {"se", 250 * time.Millisecond}, {"sec", 500 * time.Millisecond},
		{"secr", 2 * time.Second}, {"secret-", 2 * time.Second},
	}
	for _, test := range tests {
		t.Run(test.held, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out shared
				w := masker("secret-1").Writer(&out)
				_, _ = w.Write([]byte("> " + test.held))
				time.Sleep(test.wait - 1)
				synctest.Wait()
				if out.String() != "> " {
					t.Errorf("too early: %q", out.String())
				}
				time.Sleep(time.Nanosecond)
				synctest.Wait()
				if out.String() != "> "+test.held {
					t.Errorf("not released: %q", out.String())
				}
				_, _ = w.Write([]byte("secret-1"[len(test.held):] + "."))
				if want := "> " + test.held + redacted + "."; out.String() != want {
					t.Errorf("the rest after a pause: got %q, want %q", out.String(), want)
				}
				if err := w.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

func TestWriter_WriteRestartsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := masker("secret-1").Writer(&out)
		for _, c := range "secret-1" {
			_, _ = w.Write([]byte(string(c)))
			time.Sleep(50*time.Millisecond - 1)
		}
		synctest.Wait()
		if out.String() != redacted {
			t.Errorf("got %q", out.String())
		}
		_, _ = w.Write([]byte("secr"))
		_ = w.Close()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if out.String() != redacted+"secr" {
			t.Errorf("after Close: got %q", out.String())
		}
	})
}

func TestWriter_LateTimerIsVoid(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := masker("secret-1").Writer(&out)
		_, _ = w.Write([]byte("sec"))
		late := w.turn
		_, _ = w.Write([]byte("re"))
		if w.release(late); out.String() != "" {
			t.Errorf("a timer that a write overtook wrote %q", out.String())
		}
		_ = w.Close()
	})
}

func TestWriter_LongestValueGoesOnAfterAMark(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := masker("ab1d", "ab1defgh").Writer(&out)
		_, _ = w.Write([]byte("ab1d"))
		if out.String() != redacted {
			t.Errorf("a whole value waits: %q", out.String())
		}
		_, _ = w.Write([]byte("ef"))
		time.Sleep(5 * time.Second)
		synctest.Wait()
		_, _ = w.Write([]byte("gh."))
		if want := redacted + "ef" + redacted + "."; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		_ = w.Close()
	})
}

// fails takes limit bytes and then fails.
type fails struct {
	limit int
	err   error
}

func (f *fails) Write(p []byte) (int, error) {
	n := min(len(p), f.limit)
	f.limit -= n
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

func TestWriter_ReturnsErrorsOfDst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		w := masker("secret-1").Writer(&fails{limit: 2, err: broken})
		if n, err := w.Write([]byte("a secr")); n != 6 || err != nil {
			t.Error(n, err)
		}
		time.Sleep(5 * time.Second) // the tail's write fails
		synctest.Wait()
		if n, err := w.Write([]byte("x")); n != 0 || !errors.Is(err, broken) {
			t.Error(n, err)
		}
		if err := w.Close(); !errors.Is(err, broken) {
			t.Error(err)
		}
		if err := w.Close(); !errors.Is(err, broken) {
			t.Error(err)
		}
		if _, err := w.Write([]byte("x")); !errors.Is(err, fs.ErrClosed) {
			t.Error(err)
		}
	})
}

// byteWriter accepts one byte per call.
type byteWriter struct{ bytes.Buffer }

func (b *byteWriter) Write(p []byte) (int, error) { return b.Buffer.Write(p[:min(1, len(p))]) }

func TestWriter_CarriesOnAfterAPartialWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out byteWriter
		w := masker("secret-1").Writer(&out)
		if n, err := w.Write([]byte("a secret-1 b")); n != 12 || err != nil || out.String() != "a "+redacted+" b" {
			t.Error(n, err, out.String())
		}
		w = masker("secret-1").Writer(&fails{limit: 3})
		if _, err := w.Write([]byte("plain")); !errors.Is(err, io.ErrShortWrite) {
			t.Error(err)
		}
	})
}

func TestWriter_ServesManyGoroutines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := masker("secret-1").Writer(&out)
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for range 200 {
					_, _ = w.Write([]byte("secret-1\n"))
					_, _ = w.Write([]byte("se\n"))
				}
			})
		}
		wg.Wait()
		_ = w.Close()
		if got := strings.Count(out.String(), redacted+"\n"); got != 1600 {
			t.Errorf("%d marks", got)
		}
	})
}

func FuzzWriter_SplitsAgreeWithAnOracle(f *testing.F) {
	f.Add("secret-1", "token", "a secret-1 tokensecret", uint64(0x5a5a))
	f.Add("aaaa", "aaaaab", "aaaaaaaaaaaab", uint64(7))
	f.Add("abcd\nefgh\n", "====", "abcd\r\nefgh====", uint64(99))
	f.Add("a\\b\"c'd", "word", `a\\b\"c\u0027d word swords`, uint64(5))
	f.Add("canary-9f3a7b21c4", "k1y/x+z", "00000000: 6361 6e61 7279 2d39 6633 6137 6232 3163  canary-9f3a7b21c\n00000010: 34", uint64(3))
	f.Fuzz(func(t *testing.T, first, second, text string, splits uint64) {
		synctest.Test(t, func(t *testing.T) {
			m := masker(first, second)
			want := text
			if !m.Empty() {
				if len(m.patterns().list)*len(text) > 1<<17 {
					return
				}
				want = oracle(everywhere(m.patterns()), text)
			}
			var out bytes.Buffer
			w := m.Writer(&out)
			for rest := []byte(text); len(rest) > 0; {
				n := min(len(rest), 1+int(splits%7))
				splits = splits>>3 | splits<<61
				_, _ = w.Write(rest[:n])
				rest = rest[n:]
			}
			if err := w.Close(); err != nil || out.String() != want || m.String(text) != want {
				t.Errorf("got %q and %q (%v), want %q", out.String(), m.String(text), err, want)
			}
		})
	})
}
