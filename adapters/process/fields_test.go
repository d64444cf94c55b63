package process

import (
	"testing"

	"github.com/thv-secrets/thv/core/workload"
	"github.com/thv-secrets/thv/core/workload/workloadtest"
)

// What a local process cannot have is refused, and not left out.
func TestSupported_NoFieldIsPassedOver(t *testing.T) {
	workloadtest.EachCounts(t, map[string]string{
		"honoured":                 "cmd_args workdir",
		"the environment has them": "secrets env_vars env_inherit env_files env_file_dir env_file_expansion requirements",
		"for the caller":           "schema_version saved_from ignored_fields restart_policy on_secret_change secret_interval",
		"of containers, and without one they protect and give nothing": "name transport port target_port container_labels pull",
	}, func(set func(*workload.Spec)) bool {
		spec := workload.Spec{Command: []string{"true"}}
		set(&spec)
		return supported(spec) != nil
	})
}
