module github.com/thv-secrets/thv/examples

go 1.26.4

require (
	github.com/goccy/go-yaml v1.19.2
	github.com/thv-secrets/thv/adapters/exec v0.0.0
	github.com/thv-secrets/thv/core v0.0.0
)

require golang.org/x/sys v0.49.0 // indirect

replace (
	github.com/thv-secrets/thv/adapters/exec => ../adapters/exec
	github.com/thv-secrets/thv/core => ../core
)
