package export

import (
	"testing"

	"github.com/thv-secrets/thv/core/workload"
	"github.com/thv-secrets/thv/core/workload/workloadtest"
)

// What an MCPServer cannot say is told, and not left out silently.
func TestLeftOut_NoFieldIsPassedOver(t *testing.T) {
	workloadtest.EachCounts(t, map[string]string{
		"an MCPServer has it":                "name image cmd_args transport port target_port env_vars secrets requirements memory cpus",
		"a cluster decides it":               "pull delivery restart_policy on_secret_change secret_interval",
		"it is about the file or other ones": "schema_version saved_from ignored_fields env_file_expansion",
	}, func(set func(*workload.Spec)) bool {
		var spec workload.Spec
		set(&spec)
		return len(leftOut(spec)) > 0
	})
}
