// Package e2e holds the tests of the built programs: thv and its container
// engine's executable with a real MCP client and server, real keyrings and a
// real engine. They run with THV_REAL=1 (make test) and say so where they skip.
package e2e
