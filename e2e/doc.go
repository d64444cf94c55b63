// Package e2e tests the built executables: thv and thv-engine-docker, with a real MCP client and
// server, real keyrings and a real engine. The tests run with THV_REAL=1 (make test), and are
// skipped with a message otherwise.
package e2e
