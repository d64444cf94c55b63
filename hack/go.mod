module github.com/thv-secrets/thv/hack

go 1.26.4
