module github.com/thv-secrets/thv/e2e

go 1.26.0
