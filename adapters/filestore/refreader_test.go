package filestore

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/refreader"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

func TestFormat2_AnIndependentReaderReadsIt(t *testing.T) {
	path := storePath(t)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	put(t, s, "b", "two\n\xff\x00")
	put(t, s, "a", "")
	if err := s.putDescribed(t.Context(), "c", "three", "a description"); err != nil {
		t.Fatal(err)
	}
	got, err := refreader.ReadFormat2(readFile(t, path), generated)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"a": "", "b": "two\n\xff\x00", "c": "three"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestFormat1_AStoreOfAnotherProgramIsReadChangedAndReadBack(t *testing.T) {
	path := storePath(t)
	// Older programs take any name.
	held := map[string]string{"a": "1", "with,comma": "2", "": "no name", "__thv_x": "3", "op://x": "4", "tab\there": "<&>€"}
	file, err := refreader.WriteFormat1(held, typed)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, file)
	s := open(t, Config{Path: path, Keys: fixed(typed)})
	wantValue(t, s, "a", "1")
	wantValue(t, s, "thv://with,comma", "2")
	if diff := cmp.Diff([]string{"", "__thv_x", "a", "op://x", "tab\there", "with,comma"}, names(t, s)); diff != "" {
		t.Error(diff)
	}
	put(t, s, "a", "changed")
	put(t, s, "new", "ü")
	if err := s.Delete(t.Context(), ref(t, "thv://with,comma")); err != nil {
		t.Fatal(err)
	}
	held["a"], held["new"] = "changed", "ü"
	delete(held, "with,comma")
	got, err := refreader.ReadFormat1(readFile(t, path), typed)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(held, got); diff != "" {
		t.Error(diff)
	}
}

func TestFormat1_TakesWhatOlderProgramsLeft(t *testing.T) {
	for plain, want := range map[string][]string{
		`{}`:                                nil,
		`{"secrets":null}`:                  nil,
		`{"secrets":{}}`:                    nil,
		`{"secrets":{"a":"1"},"later":[1]}`: {"a"},
	} {
		path := storePath(t)
		writeFile(t, path, seal.Seal(nil, key1([]byte(typed)), nil, []byte(plain)))
		s := open(t, Config{Path: path, Keys: fixed(typed)})
		if diff := cmp.Diff(want, names(t, s)); diff != "" {
			t.Errorf("%s: names (-want +got): %s", plain, diff)
		}
		put(t, s, "b", "2")
		d, err := s.load()
		if err != nil {
			t.Fatal(err)
		}
		after, err := seal.Open(key1([]byte(typed)), d.body, nil)
		if err != nil || strings.Contains(string(after), "later") {
			t.Errorf("%s became %s, %v", plain, after, err)
		}
	}
}

func TestRefreader_UsesTheStandardLibraryAloneAndIsInTheDocument(t *testing.T) {
	document := string(readFile(t, filepath.Join("..", "..", "docs", "store-format.md")))
	for _, name := range []string{"format1.go", "format2.go"} {
		path := filepath.Join("internal", "refreader", name)
		code := string(readFile(t, path))
		parsed, err := parser.ParseFile(token.NewFileSet(), path, code, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			if text, err := strconv.Unquote(spec.Path.Value); err != nil || strings.Contains(text, ".") {
				t.Errorf("%s imports %s", name, spec.Path.Value)
			}
		}
		_, body, _ := strings.Cut(code, "\nfunc ")
		if name == "format2.go" && !strings.Contains(document, "func "+strings.TrimSpace(body)) {
			t.Errorf("docs/store-format.md does not hold the code of %s", name)
		}
	}
}

func TestNames_ThatAreNoReferenceAreOutOfReachOnly(t *testing.T) {
	s := open(t, Config{Path: storePath(t), Keys: fixed(typed)})
	put(t, s, "a", "1")
	_, err := s.Get(t.Context(), ref(t, "thv://with,comma"))
	wantError(t, err, secret.ErrNotFound)
}
