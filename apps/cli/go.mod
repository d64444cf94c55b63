module github.com/thv-secrets/thv/apps/cli

go 1.26.0
