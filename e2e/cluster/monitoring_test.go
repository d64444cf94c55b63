package cluster

import "testing"

// needMonitoring gives the cluster the kinds of Prometheus' operator.
func needMonitoring(t *testing.T) {
	t.Helper()
	run(t, "", "kubectl", "apply", "--server-side", "-f", part("MONITORING"))
	kubectl(t, "wait", "--for=condition=Established", "customresourcedefinitions", "--all", "--timeout", "60s")
}
