package access_test

import (
	"reflect"
	"testing"

	"github.com/thv-secrets/thv/core/access"
	"github.com/thv-secrets/thv/core/workload"
	"github.com/thv-secrets/thv/core/workload/workloadtest"
)

// A field that gives a workload something and is not asked about is a hole in consent.
func TestItems_NoFieldIsPassedOver(t *testing.T) {
	items := func(s workload.Spec) []access.Item { return access.Request{Spec: s}.Items() }
	workloadtest.EachCounts(t, map[string]string{
		"asked about by image and name":           "image name",
		"Request has them resolved":               "secrets env_vars env_file_expansion requirements",
		"gives nothing, or less":                  "schema_version saved_from ignored_fields memory cpus pull",
		"when it is restarted, and not with what": "restart_policy on_secret_change secret_interval",
		"reached from this machine only":          "transport port target_port publish",
	}, func(set func(*workload.Spec)) bool {
		spec := workload.Spec{Image: "example/server:1"}
		before := items(spec)
		set(&spec)
		return !reflect.DeepEqual(before, items(spec))
	})
}
