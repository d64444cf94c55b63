module github.com/thv-secrets/thv/adapters/env

go 1.26.4

require github.com/thv-secrets/thv/core v0.0.0

replace github.com/thv-secrets/thv/core => ../../core
