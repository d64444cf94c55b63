// Package cluster tests thv-operator in a cluster: its image and its chart on a
// real node, driven with kubectl, helm and an MCP client. hack/e2e.sh (make e2e)
// builds what the tests need and starts the cluster. Without a cluster they are
// skipped.
package cluster
