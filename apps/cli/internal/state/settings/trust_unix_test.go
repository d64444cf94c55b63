//go:build !windows

package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestLoad_LooksBehindALinkAndAbove(t *testing.T) {
	top := t.TempDir()
	real, open := filepath.Join(top, "real"), filepath.Join(top, "open")
	for _, folder := range []string{real, open, filepath.Join(open, "own")} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{filepath.Join(open, "config.yaml"), filepath.Join(open, "own", "config.yaml")} {
		if err := os.WriteFile(file, []byte("a: 1\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link := filepath.Join(real, "config.yaml")
	if err := os.Symlink(filepath.Join(open, "config.yaml"), link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{link, filepath.Join(open, "own", "config.yaml")} {
		if _, err := Load(path); err != nil {
			t.Errorf("before anything is open: %v", err)
		}
		if err := os.Chmod(open, 0o777); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err == nil || !strings.Contains(err.Error(), "run: chmod") || !strings.Contains(err.Error(), open) {
			t.Errorf("%s: %v", path, err)
		}
		if err := os.Chmod(open, 0o777|os.ModeSticky); err != nil {
			t.Fatal(err)
		}
		if _, err := Load(path); err != nil {
			t.Errorf("%s, with a sticky folder: %v", path, err)
		}
		if err := os.Chmod(open, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
