//go:build !windows

package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheckFolder_RefusesOneThatOthersCanWriteAlsoWithoutAFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "toolhive")
	path := filepath.Join(folder, "config.yaml")
	if err := CheckFolder(path); err != nil {
		t.Errorf("without a folder: %v", err)
	}
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := CheckFolder(path); err != nil {
		t.Errorf("with a private one: %v", err)
	}
	if err := os.Chmod(folder, 0o770); err != nil {
		t.Fatal(err)
	}
	if err := CheckFolder(path); err == nil || !strings.Contains(err.Error(), "run: chmod 700") {
		t.Errorf("with an open one: %v", err)
	}
}
