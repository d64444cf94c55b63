package mask

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/thv-secrets/thv/core/secret"
)

// inPieces writes text in pieces of any size up to most, on a clock that stands.
func inPieces(t *testing.T, r *rand.Rand, m *Masker, text string, most int) string {
	var out bytes.Buffer
	synctest.Test(t, func(t *testing.T) {
		w := m.Writer(&out)
		for rest := text; rest != ""; {
			n := min(len(rest), 1+r.Intn(most))
			if _, err := io.WriteString(w, rest[:n]); err != nil {
				t.Error(err)
			}
			rest = rest[n:]
		}
		if err := w.Close(); err != nil {
			t.Error(err)
		}
	})
	return out.String()
}

// inLines breaks text into lines.
func inLines(text string, width int, end string) string {
	var b strings.Builder
	for ; len(text) > width; text = text[width:] {
		b.WriteString(text[:width] + end)
	}
	return b.String() + text
}

// Of a long value nothing is left between the pieces that it is looked for in,
// wherever lines break.
func TestMasker_LeavesNothingOfALongValue(t *testing.T) {
	r := seeded(t)
	value := make([]byte, 128<<10)
	for i := range value {
		value[i] = byte(' ' + r.Intn(95))
	}
	m := New([]secret.Value{secret.NewValue(value)})
	encoded, digits := base64.StdEncoding.EncodeToString(value), hex.EncodeToString(value)
	for name, text := range map[string]string{
		"plain": string(value), "json": jsonPlain(string(value)), "base64": encoded, "hex": digits,
		"base64 in lines": inLines(encoded, 76, "\n"), "base64 in indented lines": inLines(encoded, 76, "\n    "),
		"base64 in CR LF": inLines(encoded, 64, "\r\n"), "base64 in JSON": inLines(encoded, 60, `\r\n`),
		"xxd -p": inLines(digits, 60, "\n"), "xxd -p in JSON": inLines(digits, 60, `\n`),
	} {
		if got := inPieces(t, r, m, text+"\n", 32<<10); got != redacted+"\n" {
			t.Errorf("%s: %d bytes are left: %.100q", name, len(got)-len(redacted)-1, got)
		}
	}
}

func TestMasker_MasksAThousandValues(t *testing.T) {
	r := seeded(t)
	var values []string
	for i := range 1000 {
		values = append(values, fmt.Sprintf("%x-k%d", r.Uint64(), i))
	}
	m := masker(values...)
	var text strings.Builder
	for _, value := range values {
		fmt.Fprintf(&text, "%s %s %x\n", value, base64.StdEncoding.EncodeToString([]byte(value)), value)
	}
	want := strings.Repeat(strings.Repeat(redacted+" ", 2)+redacted+"\n", len(values))
	if got := inPieces(t, r, m, text.String(), 100); got != want {
		t.Errorf("got %.300q, want every value masked", got)
	}
}

// While values rotate, a Writer gets maskers that know the old ones too, and
// nothing of a value is written at a change.
func TestWriter_UseWhileManyWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const value = "canary-9f3a7b21c4"
		var out bytes.Buffer
		w := masker(value).Writer(&out)
		var group sync.WaitGroup
		group.Go(func() {
			for i := range 50 {
				w.Use(masker(value, fmt.Sprintf("next-value-%d", i)))
			}
		})
		group.Go(func() {
			for range 200 {
				for _, piece := range []string{value[:5], value[5:11], value[11:], "\n"} {
					_, _ = io.WriteString(w, piece)
				}
			}
		})
		group.Wait()
		if err := w.Close(); err != nil || out.String() != strings.Repeat(redacted+"\n", 200) {
			t.Errorf("got %v, %.200q, want 200 masked lines", err, out.String())
		}
	})
}
