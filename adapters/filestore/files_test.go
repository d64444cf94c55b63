package filestore

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func parts(files []File) (names []string) {
	for _, f := range files {
		names = append(names, f.Part)
	}
	return names
}

func TestFiles_OfAStoreThatDoesNotExistAreFine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "store")
	files := open(t, Config{Path: path, Keys: newRing()}).Files()
	if !slices.Equal(parts(files), []string{"folder", "file", "lock"}) {
		t.Fatalf("parts are %q", parts(files))
	}
	for _, f := range files {
		if f.Exists || f.Err != nil || !f.Modified.IsZero() {
			t.Errorf("got %+v, want no file", f)
		}
	}
	if _, err := os.Stat(filepath.Dir(path)); err == nil {
		t.Error("looking made the folder")
	}
}

func TestFiles_OfAStoreNeedNoPassword(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	keys := newRing()
	for _, f := range open(t, Config{Path: path, Keys: keys}).Files() {
		if !f.Exists || f.Err != nil || f.Modified.IsZero() {
			t.Errorf("got %+v, want an existing file with its time", f)
		}
	}
	if keys.asked != 0 {
		t.Error("a password was asked for")
	}
}
