package inventory

import (
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/thv-secrets/thv/apps/cli/internal/detached/status"
	"github.com/thv-secrets/thv/apps/cli/internal/state/runconfig"
)

func BenchmarkAll(b *testing.B) {
	folder := b.TempDir()
	r := &Lister{statuses: status.New(filepath.Join(folder, "statuses")), runConfigs: runconfig.New(folder)}
	now := time.Now()
	for i := range 200 {
		name := fmt.Sprintf("server-%d", i)
		if err := r.statuses.Write(status.Status{Name: name, State: status.Running, Since: now, Started: &now, Image: "example/server:1", PID: 1}); err != nil {
			b.Fatal(err)
		}
		lock, err := r.statuses.Lock(name)
		if err != nil {
			b.Fatal(err)
		}
		defer lock.Release()
	}
	for b.Loop() {
		if all, err := r.All(context.Background()); err != nil || len(all) != 200 {
			b.Fatal(err)
		}
	}
}
