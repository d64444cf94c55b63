//go:build unix && !linux

package filestore

import (
	"os"
	"testing"
)

// readOnly makes folder one that cannot be written, until the test's end.
func readOnly(t *testing.T, folder string) {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("root can write every folder here; run the tests as a user")
	}
	chmod(t, folder, 0o500)
	t.Cleanup(func() { chmod(t, folder, 0o700) })
}
