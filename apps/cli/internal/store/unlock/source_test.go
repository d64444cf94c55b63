package unlock

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/core/secret"
)

func TestFile_ReadsAllButOneLineEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "password")
	for text, want := range map[string]string{"pw": "pw", "pw\n": "pw", "pw\r\n": "pw", "pw\n\n": "pw\n"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := File(path).Lookup(context.Background())
		if err != nil || !got.Equal(value(want)) {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestFile_MissingOrEmptyStopsTheLadder(t *testing.T) {
	folder := t.TempDir()
	emptyFile := filepath.Join(folder, "empty")
	if err := os.WriteFile(emptyFile, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{emptyFile, filepath.Join(folder, "missing")} {
		l := New(Config{
			Given:    []PasswordSource{File(path)},
			Keyrings: []Keyring{{Name: "OS keyring", Source: having("os"), Persistent: true}},
		})
		if _, err := l.Key(context.Background(), request); err == nil || !strings.Contains(err.Error(), "--password-file") {
			t.Errorf("Key: %v", err)
		}
		if _, err := l.NewKey(context.Background(), request); err == nil {
			t.Error("NewKey: no error")
		}
	}
}

func TestDescriptor_IsReadOnce(t *testing.T) {
	ours, theirs, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := theirs.WriteString("pw\n"); err != nil {
		t.Fatal(err)
	}
	_ = theirs.Close()
	source := Descriptor(int(ours.Fd()))
	for range 2 {
		if got, err := source.Lookup(context.Background()); err != nil || !got.Equal(value("pw")) {
			t.Errorf("err = %v", err)
		}
	}
	runtime.KeepAlive(ours)
}

func TestFile_ThatOthersCanReadIsDenied(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("who may read a file is not in its mode on Windows")
	}
	path := filepath.Join(t.TempDir(), "pw")
	if err := os.WriteFile(path, []byte("correct horse"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := File(path).Lookup(t.Context()); !errors.Is(err, secret.ErrDenied) || !strings.Contains(err.Error(), "run: chmod 600 "+path) {
		t.Errorf("the error is %v", err)
	}
	if err := os.Chmod(path, 0o400); err != nil {
		t.Fatal(err)
	}
	if password, err := File(path).Lookup(t.Context()); err != nil || !password.Equal(value("correct horse")) {
		t.Errorf("%v", err)
	}
}
