package filestore

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/thv-secrets/thv/core/secret"
)

// readOnly makes folder one that cannot be written, until the test's end. Modes
// do not bind root: there it takes a read-only mount, or the immutable flag.
func readOnly(t *testing.T, folder string) {
	t.Helper()
	if os.Geteuid() != 0 {
		chmod(t, folder, 0o500)
		t.Cleanup(func() { chmod(t, folder, 0o700) })
		return
	}
	err := unix.Mount(folder, folder, "", unix.MS_BIND, "")
	if err == nil {
		t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
		err = unix.Mount("", folder, "", unix.MS_BIND|unix.MS_REMOUNT|unix.MS_RDONLY, "")
	}
	if err == nil {
		return
	}
	if out, failed := exec.Command("chattr", "+i", folder).CombinedOutput(); failed != nil {
		t.Skipf("root can write every folder here: no read-only mount (%v), no chattr (%v: %s)", err, failed, out)
	}
	t.Cleanup(func() { _ = exec.Command("chattr", "-i", folder).Run() })
}

func TestPut_FullDiskIsUnavailable(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "small")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := unix.Mount("tmpfs", folder, "tmpfs", 0, "size=64k,mode=0700"); err != nil {
		t.Skipf("a full disk takes a small one, and mounting one needs root: %v", err)
	}
	t.Cleanup(func() { _ = unix.Unmount(folder, unix.MNT_DETACH) })
	path := filepath.Join(folder, "store")
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	wantPutFails(t, path, secret.ErrUnavailable, "no space left")
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "small enough")
}
