module github.com/thv-secrets/thv/adapters/keyring

go 1.26.4

require (
	github.com/godbus/dbus/v5 v5.2.2
	github.com/google/go-cmp v0.7.0
	github.com/thv-secrets/thv/core v0.0.0
	github.com/zalando/go-keyring v0.2.8
	golang.org/x/sys v0.49.0
)

require (
	github.com/danieljoos/wincred v1.2.3 // indirect
	github.com/stretchr/testify v1.12.1 // indirect
)

replace github.com/thv-secrets/thv/core => ../../core
