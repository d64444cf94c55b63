package supervisor

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/control"
	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
)

// A status that cannot be written while the workload runs is reported in the log, once,
// and the workload keeps running.
func TestRun_SaysInTheLogThatTheStatusCannotBeWritten(t *testing.T) {
	b := newBench(t)
	b.run(t.Context())
	b.until(is(status.Running))
	path := b.config.Statuses.Path("web")
	if err := errors.Join(os.Remove(path), os.MkdirAll(filepath.Join(path, "full"), 0o700)); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		if _, err := b.call(control.Restart); err != nil || b.runtime.count() != n+2 {
			t.Fatalf("restarted %d times, %v", b.runtime.count()-1, err)
		}
	}
	if log := b.log(); strings.Count(log, "the status cannot be written") != 1 || !strings.Contains(log, path) {
		t.Errorf("got the log %q, want one line about the status", log)
	}
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
	b.stop()
}
