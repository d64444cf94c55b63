module github.com/thv-secrets/thv/adapters/exec

go 1.26.4

require (
	github.com/google/go-cmp v0.7.0
	github.com/thv-secrets/thv/core v0.0.0
	go.uber.org/goleak v1.3.0
	golang.org/x/sys v0.49.0
)

require github.com/stretchr/testify v1.12.1 // indirect

replace github.com/thv-secrets/thv/core => ../../core
