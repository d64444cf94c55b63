module github.com/thv-secrets/thv/bench

go 1.26.4

require (
	github.com/godbus/dbus/v5 v5.2.2
	golang.org/x/sys v0.49.0
)

require github.com/thv-secrets/thv/e2e v0.0.0

replace github.com/thv-secrets/thv/e2e => ../e2e
