//go:build unix

package docker

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// hostDirectory is an empty directory of the engine's user, which that can reach.
func hostDirectory(t *testing.T, r *Runtime) string {
	t.Helper()
	directory := t.TempDir()
	if err := os.Chmod(filepath.Dir(directory), 0o755); err != nil {
		t.Fatal(err)
	}
	give(t, r, directory)
	return directory
}

// give makes the engine's user the owner of a file.
func give(t *testing.T, r *Runtime, name string) {
	t.Helper()
	directory, err := os.Stat(filepath.Dir(r.host.endpoint)) // the socket itself may have been given to who uses it
	if err != nil {
		t.Fatal(err)
	}
	if owner := int(directory.Sys().(*syscall.Stat_t).Uid); owner != os.Getuid() && os.Getuid() == 0 {
		if err := os.Chown(name, owner, owner); err != nil {
			t.Fatal(err)
		}
	}
}
