package printable_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/thv-secrets/thv/core/printable"
)

// drives is what a terminal obeys.
const drives = "\x1b]0;t\x07\r\b\x7f\u009b2J\u202e\u2066\u200f\u2028\U000e0001\x9b\xff"

func TestQuoted(t *testing.T) {
	for text, want := range map[string]string{
		"":                 "",
		"api-key":          "api-key",
		"Schlüssel ключ 鍵": "Schlüssel ключ 鍵",
		"a\u202eb":         `"a\u202eb"`,
		"a\nb":             `"a\nb"`,
		"a\xffb":           `"a\xffb"`,
		"a\u00a0b":         `"a\u00a0b"`, // looks like a space
	} {
		if got := printable.Quoted(text); got != want {
			t.Errorf("Quoted(%q) = %s, want %s", text, got, want)
		}
	}
	long := printable.Quoted(strings.Repeat("ж", 5<<10))
	if !strings.HasSuffix(long, "… (10240 bytes)") || len(long) > printable.MaxField+20 || !utf8.ValidString(long) {
		t.Errorf("a long text is %q", long)
	}
}

func TestLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{" a\r\n\tb\u00a0 c\x1b[2J ", `a b c\x1b[2J`},
		{"\u202eabc", `\u202eabc`},
		{"a\xffb", `a\xffb`},
	} {
		if got := printable.Line(c.text, 100); got != c.want {
			t.Errorf("Line(%q) = %q, want %q", c.text, got, c.want)
		}
	}
	if got := printable.Line("жжж", 3); got != "ж…" {
		t.Errorf("got %q", got)
	}
}

func TestJSON_MeansTheSame(t *testing.T) {
	text, err := json.MarshalIndent(map[string]string{drives: drives, "a": "鍵"}, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := printable.JSON(text)
	checkPrinted(t, string(got))
	var before, after map[string]string
	if err := errors.Join(json.Unmarshal(text, &before), json.Unmarshal(got, &after)); err != nil {
		t.Fatal(err)
	}
	if len(after) != 2 || after["a"] != "鍵" {
		t.Errorf("got %q", after)
	}
	for name, value := range before {
		if after[name] != value {
			t.Errorf("%q is %q, and was %q", name, after[name], value)
		}
	}
}

// However a text is cut into writes, what is shown is the same.
func TestWriter_EverySplit(t *testing.T) {
	const text = "thv: Schlüssel\t鍵 " + drives + "\nthv: next\n"
	const want = "thv: Schlüssel\t鍵 " + `\x1b]0;t\a\r\b\x7f\u009b2J\u202e\u2066\u200f\u2028\U000e0001\x9b\xff` + "\nthv: next\n"
	for i := range len(text) + 1 {
		var shown bytes.Buffer
		w := printable.NewWriter(&shown)
		for _, part := range []string{text[:i], text[i:]} {
			if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
				t.Fatal(n, err)
			}
		}
		if shown.String() != want {
			t.Fatalf("cut at %d: got %q", i, shown.String())
		}
	}
}

func TestWriter_CutsWordsAndLines(t *testing.T) {
	show := func(text string) string {
		var shown bytes.Buffer
		_, _ = printable.NewWriter(&shown).Write([]byte(text))
		return shown.String()
	}
	long := strings.Repeat("x", 10<<10)
	if got := show("no file " + long + " here\nnext\n"); got != "no file "+long[:printable.MaxWord]+"… here\nnext\n" {
		t.Errorf("a long word: %d bytes: %q", len(got), got)
	}
	if got := show("no file " + long + " here, and none at " + long + "; next\n"); !strings.Contains(got, "… here, and none at x") {
		t.Errorf("two long words: %q", got)
	}
	most := strings.Repeat("x", printable.MaxWord)
	if got := show(most + "\n" + most + "\n" + most + " " + most[:1024]); strings.Contains(got, "…") {
		t.Errorf("words that fit are cut: %d bytes", len(got))
	}
	words := strings.Repeat("some words ", 1<<10)
	got, rest, _ := strings.Cut(show(words+"\nnext\n"), "\n")
	if len(got) > printable.MaxLine+len("…") || !strings.HasSuffix(got, "…") || rest != "next\n" {
		t.Errorf("a long line: %d bytes, then %q", len(got), rest)
	}
}

func FuzzWriter(f *testing.F) {
	f.Add([]byte(drives), []byte("\x9b"))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var shown bytes.Buffer
		w := printable.NewWriter(&shown)
		_, _ = w.Write(a)
		_, _ = w.Write(b)
		checkPrinted(t, shown.String())
		checkPrinted(t, printable.Quoted(string(a)))
		checkPrinted(t, printable.Line(string(a), 10))
	})
}

func checkPrinted(t *testing.T, text string) {
	t.Helper()
	if !utf8.ValidString(text) || strings.ContainsFunc(text, func(c rune) bool { return c != '\n' && c != '\t' && !unicode.IsPrint(c) }) {
		t.Errorf("raw: %q", text)
	}
	for line := range strings.Lines(text) {
		if len(line) > printable.MaxLine+8 {
			t.Errorf("a line of %d bytes", len(line))
		}
	}
}
