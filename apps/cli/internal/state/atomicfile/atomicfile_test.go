package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/thv-secrets/thv/core/secret"
)

func TestReplace_SweepsWhatAKilledOneLeft(t *testing.T) {
	directory := t.TempDir()
	plant := func(name string) string {
		path := filepath.Join(directory, name)
		if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	long := time.Now().Add(-time.Hour)
	old, fresh, notes := plant(".thv-123"), plant(".thv-456"), plant(".thv-notes")
	for _, path := range []string{old, notes} {
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
	}
	if err := Replace(filepath.Join(directory, "x"), nil); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]bool{old: false, fresh: true, notes: true} {
		if _, err := os.Lstat(path); (err == nil) != want {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// A process that is stopped for long while it replaces a file goes on as if it had not
// been.
func TestReplace_SweepsNothingThatIsBeingWritten(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there a file that is open cannot be removed")
	}
	folder := t.TempDir()
	temporary, done, err := makeTemporary(folder)
	if err != nil {
		t.Fatal(err)
	}
	defer done()
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(temporary.Name(), long, long); err != nil {
		t.Fatal(err)
	}
	if err := Replace(filepath.Join(folder, "x"), []byte("1")); err != nil {
		t.Fatal(err)
	}
	if !same(temporary) {
		t.Error("another process's temporary file is removed")
	}
	if err := temporary.Close(); err != nil {
		t.Fatal(err)
	}
	done()
	if err := Replace(filepath.Join(folder, "x"), []byte("2")); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(temporary.Name()); err == nil {
		t.Error("what is abandoned stays")
	}
}

func TestCreate_LeavesAFileThatIsThere(t *testing.T) {
	directory := t.TempDir()
	path := filepath.Join(directory, "key")
	for _, text := range []string{"first", "second"} {
		if err := Create(path, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "first" {
		t.Errorf("got %q, %v, want %q", text, err, "first")
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want one file", entries, err)
	}
}

func TestReplace_LeavesWhatIsThereIfItFails(t *testing.T) {
	directory := t.TempDir()
	for name, replace := range map[string]func(string, []byte) error{"Replace": Replace, "ReplaceSoon": ReplaceSoon, "Create": Create} {
		var failed *Error
		err := replace(filepath.Join(directory, "absent", "x"), []byte("1"))
		if !errors.As(err, &failed) || !errors.Is(err, fs.ErrNotExist) || secret.ClassOf(err) != secret.ClassUnavailable {
			t.Errorf("%s: got %v, want a write that fails", name, err)
		}
	}
	taken := filepath.Join(directory, "taken") // a directory cannot be replaced
	if err := os.MkdirAll(filepath.Join(taken, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Replace(taken, []byte("1")); err == nil {
		t.Error("a directory was replaced")
	}
	if entries, err := os.ReadDir(directory); err != nil || len(entries) != 1 {
		t.Errorf("got %v, %v, want no temporary file left", entries, err)
	}
}
