package cluster

import (
	"path/filepath"
	"testing"
)

// needMonitoring gives the cluster the kinds of Prometheus' operator.
func needMonitoring(t *testing.T) {
	t.Helper()
	for _, kind := range []string{"servicemonitors", "prometheusrules"} {
		kubectl(t, "apply", "--server-side", "-f", filepath.Join(part("MONITORING"), "monitoring.coreos.com_"+kind+".yaml"))
	}
	kubectl(t, "wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout", "60s")
}
