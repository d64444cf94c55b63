module github.com/thv-secrets/thv/adapters/filestore

go 1.26.4

require (
	github.com/c2sp/wycheproof v0.0.0-20260902155932-3fa63dd0344a
	github.com/gofrs/flock v0.13.2
	github.com/google/go-cmp v0.7.0
	github.com/thv-secrets/thv/core v0.0.0
	golang.org/x/crypto v0.58.0
	golang.org/x/sys v0.49.0
	pgregory.net/rapid v1.3.0
)

replace github.com/thv-secrets/thv/core => ../../core
