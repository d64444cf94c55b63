package docker

import (
	"reflect"
	"testing"

	"github.com/thv-secrets/thv/core/workload"
	"github.com/thv-secrets/thv/core/workload/workloadtest"
)

// What a container is to have reaches the engine, or is refused.
func TestNewPlan_NoFieldIsPassedOver(t *testing.T) {
	workloadtest.EachCounts(t, map[string]string{
		"the environment has them": "secrets env_vars env_inherit env_files env_file_dir env_file_expansion requirements",
		"for the caller":           "schema_version saved_from ignored_fields restart_policy on_secret_change secret_interval",
		"decided once it starts":   "delivery",
		"ports have its effect":    "transport",
	}, func(set func(*workload.Spec)) bool {
		spec := workload.Spec{Image: "example/server:1"}
		before, err := newPlan(spec, discard)
		if err != nil {
			t.Fatal(err)
		}
		set(&spec)
		after, err := newPlan(spec, discard)
		return err != nil || !reflect.DeepEqual(before, after)
	})
}
