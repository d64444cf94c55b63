module github.com/thv-secrets/thv/core

go 1.26.4
