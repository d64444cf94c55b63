module github.com/thv-secrets/thv/bench

go 1.26.0
