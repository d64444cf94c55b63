module github.com/thv-secrets/thv/apps/operator

go 1.26.4
