package plan_test

import (
	"encoding/json"
	"fmt"
	"runtime"
	"testing"

	"k8s.io/apimachinery/pkg/types"

	"github.com/thv-secrets/thv/apps/operator/internal/plan"
)

// BenchmarkDecide_AtAStart measures, without an API server, the decisions at a start of
// the operator with 100,000 converged servers: the time for each server, and the memory
// of its four objects after decoding from JSON.
func BenchmarkDecide_AtAStart(b *testing.B) {
	const servers = 100_000
	first := input(nil)
	settled := applied(b, first, plan.Decide(first))
	text, err := json.Marshal(settled)
	if err != nil {
		b.Fatal(err)
	}
	before := heap()
	all := make([]plan.Input, servers)
	for i := range all {
		if err := json.Unmarshal(text, &all[i]); err != nil {
			b.Fatal(err)
		}
		all[i].Secrets = settled.Secrets
	}
	perServer := float64(heap()-before) / servers
	writes := 0
	for b.Loop() {
		for i := range all {
			writes += len(plan.Decide(all[i]).Apply)
		}
	}
	b.ReportMetric(perServer, "B/server")
	b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N)/servers, "µs/server")
	if writes > 0 {
		b.Errorf("%d writes where nothing has changed", writes)
	}
	runtime.KeepAlive(all)
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// TestDecide_ManyServersNeedNoWrite checks that converged servers with different names
// need no write.
func TestDecide_ManyServersNeedNoWrite(t *testing.T) {
	for i := range 200 {
		in := input(nil)
		in.Server.Name = fmt.Sprintf("server-%d", i)
		in.Server.UID = types.UID(in.Server.Name)
		settled := applied(t, in, plan.Decide(in))
		if again := plan.Decide(settled); len(again.Apply) > 0 || len(again.Delete) > 0 {
			t.Fatalf("server %d: %d writes where nothing has changed", i, len(again.Apply))
		}
	}
}
