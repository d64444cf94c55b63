#!/bin/sh
# bench-operator.sh [-servers N …]: measure the operator against a bare client on
# a private API server (see kubernetes-api.sh). The flags are those of
# apps/operator/internal/bench.
set -eu
cd "$(dirname "$0")/.."
directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$directory/" ./apps/operator/cmd/thv-operator ./apps/operator/internal/bench
./hack/kubernetes-api.sh "$directory/bench" -operator "$directory/thv-operator" "$@"
