module github.com/thv-secrets/thv/adapters/process

go 1.26.4

require (
	github.com/creack/pty v1.1.24
	github.com/thv-secrets/thv/core v0.0.0
	golang.org/x/sys v0.49.0
	golang.org/x/term v0.47.0
)

replace github.com/thv-secrets/thv/core => ../../core
