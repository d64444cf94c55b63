package atomicfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
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

// Processes that make one file at the same moment all go on with the file of the first.
func TestCreate_ProcessesAgreeOnOneFile(t *testing.T) {
	if path := os.Getenv("TEST_CREATE"); path != "" {
		_, _ = io.Copy(io.Discard, os.Stdin) // until all are there
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) {
			if err = Create(path, fmt.Append(nil, "made by ", os.Getpid(), "\n")); err == nil {
				text, err = os.ReadFile(path)
			}
		}
		fmt.Printf("%s%v\n", text, err)
		os.Exit(0)
	}
	path := filepath.Join(t.TempDir(), "key")
	outputs := make([]bytes.Buffer, 8)
	var processes []*exec.Cmd
	var gates []io.Closer
	for i := range outputs {
		process := exec.Command(os.Args[0], "-test.run=^TestCreate_ProcessesAgreeOnOneFile$")
		process.Env, process.Stdout = append(os.Environ(), "TEST_CREATE="+path), &outputs[i]
		gate, err := process.StdinPipe()
		if err = errors.Join(err, process.Start()); err != nil {
			t.Fatal(err)
		}
		processes, gates = append(processes, process), append(gates, gate)
	}
	for _, gate := range gates {
		_ = gate.Close()
	}
	for i, process := range processes {
		if err := process.Wait(); err != nil || outputs[i].String() != outputs[0].String() || !strings.HasSuffix(outputs[i].String(), "<nil>\n") {
			t.Errorf("got %q, %v, want %q", outputs[i].String(), err, outputs[0].String())
		}
	}
}
