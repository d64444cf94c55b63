module github.com/thv-secrets/thv/adapters/k8s

go 1.26.4
