package ownfile

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

// inMount names the file that the test opens in a mount namespace of its own.
const inMount = "THV_TEST_OWNFILE_IN_MOUNT"

// A container engine mounts a secret read-only, with mode 0444 and for the user who is
// root in the container.
func TestOpenPrivate_TakesAFileThatIsMountedReadOnly(t *testing.T) {
	if path := os.Getenv(inMount); path != "" {
		file, err := OpenPrivate(path)
		if err != nil {
			t.Fatal(err)
		}
		_ = file.Close()
		return
	}
	directory := t.TempDir()
	const mounts = `mount -t tmpfs -o mode=755 none "$1" && echo value >"$1/file" && chmod 444 "$1/file" && %s exec "$0" -test.run=TakesAFileThatIsMountedReadOnly`
	for remount, want := range map[string]bool{"": false, `mount -o remount,ro,mode=755 none "$1" &&`: true} {
		script := strings.Replace(mounts, "%s", remount, 1)
		if output, err := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount", "sh", "-c", "mount -t tmpfs none "+`"$1"`, "sh", directory).CombinedOutput(); err != nil {
			t.Skipf("this machine forbids mounts of one's own: %v: %s", err, output)
		}
		cmd := exec.CommandContext(t.Context(), "unshare", "--map-root-user", "--mount", "sh", "-c", script, os.Args[0], directory)
		cmd.Env = append(os.Environ(), inMount+"="+directory+"/file")
		output, err := cmd.CombinedOutput()
		if (err == nil) != want || !want && !strings.Contains(string(output), "lets others use it (0444)") {
			t.Errorf("%q: %v\n%s", remount, err, output)
		}
	}
}
