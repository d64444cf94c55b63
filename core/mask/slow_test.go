package mask

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// slowForms are forms without anything beside them, so that what a Writer leaves
// of them is of the value.
func slowForms(value string) map[string]string {
	return map[string]string{
		"plain": value, "base64": encoded(value), "hex": fmt.Sprintf("%x", value),
		"spaced hex": strings.TrimSpace(each(value, "%02x ")), "percent": each(value, "%%%02x"), "unicode": units(value, `\u%04x`),
		"json": jsonPlain(value), "capitals": strings.ToUpper(value), "utf-16": utf16Of(value, true),
	}
}

// drip writes pieces with gaps between them and returns what comes out.
func drip(t *testing.T, m *Masker, gap time.Duration, pieces ...string) string {
	var got string
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := m.Writer(&out)
		for _, piece := range pieces {
			if _, err := io.WriteString(w, piece); err != nil {
				t.Error(err)
			}
			time.Sleep(gap)
		}
		synctest.Wait()
		if err := w.Close(); err != nil {
			t.Error(err)
		}
		got = out.String()
	})
	return got
}

// allowed is how much of the beginning of a value is written before a pause of
// gap ends, as the Writer documents.
func allowed(gap time.Duration) int {
	if gap < 50*time.Millisecond {
		return 0
	}
	return 1
}

func TestWriter_MasksWhatComesSlowly(t *testing.T) {
	for _, value := range []string{"canary-9f3a7b21c4", "p4ss/w\"o'rd<&>+ x"} {
		m := masker(value)
		for name, form := range slowForms(value) {
			for _, gap := range []time.Duration{0, 5 * time.Millisecond, 30 * time.Millisecond, 200 * time.Millisecond} {
				check := func(pieces ...string) {
					got := drip(t, m, gap, append(append([]string{"> "}, pieces...), "\n")...)
					before, after, found := strings.Cut(strings.TrimPrefix(got, "> "), redacted)
					if !found || after != "\n" || len(before) > allowed(gap) {
						t.Errorf("%s in %d pieces (the first of %d bytes), %v apart: got %q", name, len(pieces), len(pieces[0]), gap, got)
					}
				}
				for i := 1; i < len(form); i++ {
					check(form[:i], form[i:])
				}
				for size := 1; size <= 3; size++ {
					var pieces []string
					for rest := form; rest != ""; {
						n := min(size, len(rest))
						pieces, rest = append(pieces, rest[:n]), rest[n:]
					}
					check(pieces...)
				}
			}
		}
	}
}

func TestWriter_PromptAppears(t *testing.T) {
	const value = "canary-9f3a7b21c4"
	m := masker(value)
	for held := 1; held < cutAt; held++ {
		synctest.Test(t, func(t *testing.T) {
			var out shared
			w := m.Writer(&out)
			prompt := "go on? " + value[:held]
			_, _ = io.WriteString(w, prompt)
			time.Sleep(patience(held, false))
			synctest.Wait()
			if out.String() != prompt {
				t.Errorf("%q is not there: %q", prompt, out.String())
			}
			_ = w.Close()
		})
	}
}

func TestWriter_LineEndIsNotHeldLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := masker("canary-9f3a7b21c4").Writer(&out)
		_, _ = io.WriteString(w, "took 63\n") // the first byte in hexadecimal, and a wrapped line
		time.Sleep(50 * time.Millisecond)
		synctest.Wait()
		if out.String() != "took 63\n" {
			t.Errorf("got %q", out.String())
		}
		_ = w.Close()
	})
}

// What is held back as the beginning of one value may hold another.
func TestWriter_ReleaseMasksWhatIsWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out shared
		w := masker("x9-inner7-and-more", "inner7").Writer(&out)
		_, _ = io.WriteString(w, "x9-inner7-")
		time.Sleep(5 * time.Second)
		synctest.Wait()
		if want := "x9-" + redacted + "-"; out.String() != want {
			t.Errorf("after a pause: got %q, want %q", out.String(), want)
		}
		_, _ = io.WriteString(w, "and-more.")
		_ = w.Close()
		if got := out.String(); strings.Contains(got, "and-more") {
			t.Errorf("the rest: got %q", got)
		}
	})
}

func TestWriter_UseKeepsWhatIsHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		w := masker("first-value-1").Writer(&out)
		_, _ = io.WriteString(w, "a first-va")
		w.Use(masker("first-value-1", "second-value-2"))
		_, _ = io.WriteString(w, "lue-1 second-")
		w.Use(masker("second-value-2"))
		_, _ = io.WriteString(w, "value-2 and sec")
		w.Use(nil)
		if want := "a " + redacted + " " + redacted + " and sec"; out.String() != want {
			t.Errorf("got %q, want %q", out.String(), want)
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
}

// What may stand between the characters of a form is bounded, and with it what a
// Writer holds back.
func TestWriter_HoldsBackLittle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const value, limit = "canary-9f3a7b21c4", 32 << 10
		begun := []string{value[:3], encoded(value)[:4], encoded(value), "6361", "63 61", "63, ", `\x63`, `\u0063`, "%63", "c&", `c\`, "MNQW"}
		for _, begin := range begun {
			for _, filler := range []string{"\n", "\r\n", `\n`, `\r`, "\n ", "\t", " ", "=", "-", ":", `\`, "'", "&#", "0", "%", "\x00"} {
				var out bytes.Buffer
				w := masker(value).Writer(&out)
				_, _ = io.WriteString(w, begin+strings.Repeat(filler, limit))
				if held := len(w.text); held > maxPattern {
					t.Errorf("%q and many %q: %d bytes are held back", begin, filler, held)
				}
				_ = w.Close()
			}
		}
	})
}
