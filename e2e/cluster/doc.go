// Package cluster holds the tests of thv-operator as a cluster has it: its image
// and its chart on a real node, with kubectl, helm and an MCP client for hands.
// hack/e2e.sh (make e2e) builds what they need and starts the cluster; where there
// is none, they skip themselves.
package cluster
