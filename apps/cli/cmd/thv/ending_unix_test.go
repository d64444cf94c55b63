//go:build !windows

package main

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
)

// A supervisor holds its lock for a moment after its workload has ended and its status says
// so: what is refused of a workload that runs is not refused then.
func TestEnded_WorkloadOfASupervisorThatIsEndingDoesNotRun(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"rm", "web"}, {"run", "--name", "web", "example/true:1"}} {
		t.Run(args[0], func(t *testing.T) {
			t.Parallel()
			s := newTerminalUser(t)
			store := status.New(filepath.Join(s.folder, "data", "toolhive", "thv", "statuses"))
			if err := store.Write(status.Status{Schema: status.Schema, Name: "web", State: status.Failed, Image: "example/web:1"}); err != nil {
				t.Fatal(err)
			}
			lock, err := store.Lock("web")
			if err != nil {
				t.Fatal(err)
			}
			go func() {
				time.Sleep(500 * time.Millisecond) //nolint:forbidigo // a supervisor that takes a while to end
				lock.Release()
			}()
			d := s.start(args...)
			if code := d.ends(); code != 0 || strings.Contains(d.seen(), "not saved") {
				t.Errorf("got exit code %d, want 0:\n%s", code, d.seen())
			}
		})
	}
}
