//go:build unix

package usersocket

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOwnFolder_OneThatAnotherUserMadeFirstNamesItsFix(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a directory away")
	}
	shared := t.TempDir()
	if err := os.Chmod(shared, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(shared, "toolhive-0")
	for _, make := range []func() error{
		func() error { return os.Mkdir(path, 0o700) },
		func() error { return os.Symlink(t.TempDir(), path) },
		func() error { return os.WriteFile(path, nil, 0o600) },
	} {
		if err := make(); err != nil {
			t.Fatal(err)
		}
		if err := os.Lchown(path, 12345, 12345); err != nil {
			t.Fatal(err)
		}
		err := OwnFolder(path)
		if err == nil || !strings.Contains(err.Error(), "(rm -r "+path+")") || !strings.Contains(err.Error(), "XDG_RUNTIME_DIR") {
			t.Errorf("%v", err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := OwnFolder(path); err != nil {
		t.Errorf("after it is removed: %v", err)
	}
}

func TestOwnFolder_ThatOthersCouldReplaceIsRefused(t *testing.T) {
	shared := t.TempDir()
	if err := os.Chmod(shared, 0o777); err != nil {
		t.Fatal(err)
	}
	if err := OwnFolder(filepath.Join(shared, "own")); err == nil || !strings.Contains(err.Error(), "others can write "+shared) {
		t.Errorf("%v", err)
	}
}
