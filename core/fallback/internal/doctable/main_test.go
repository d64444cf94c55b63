package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/fallback"
)

func TestDocs_HaveTheTableThatTheCodeHas(t *testing.T) {
	path := filepath.Join("..", "..", "..", "..", "docs", "providers.md")
	text, err := os.ReadFile(path)
	if os.IsNotExist(err) {
		t.Skip("the documentation is not beside core in this copy of it")
	}
	if err != nil {
		t.Fatal(err)
	}
	want, err := replace(text)
	if err != nil {
		t.Fatal(err)
	}
	if string(want) != string(text) {
		t.Errorf("%s has another fallback table than the code; run: make generate", path)
	}
}

func TestReplace_WantsBothMarks(t *testing.T) {
	for _, text := range []string{"", begin, end, end + begin} {
		if _, err := replace([]byte(text)); err == nil {
			t.Errorf("%q is accepted", text)
		}
	}
	got, err := replace([]byte("a\n" + begin + "old\n" + end + "b\n"))
	if err != nil || !strings.HasPrefix(string(got), "a\n"+begin) || !strings.HasSuffix(string(got), end+"b\n") {
		t.Errorf("replace: got %q, %v, want the text around the marks unchanged", got, err)
	}
	if n := strings.Count(string(got), "\n| `"); n != len(fallback.Table()) {
		t.Errorf("%d rows of %d", n, len(fallback.Table()))
	}
}
