#!/bin/sh
# bench-operator.sh [-servers N …]: measure the operator against a bare client on
# a private API server (see kubernetes-api.sh). The flags are those of
# apps/operator/internal/bench.
set -eu
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$folder/" ./apps/operator/cmd/thv-operator ./apps/operator/internal/bench
./hack/kubernetes-api.sh "$folder/bench" -operator "$folder/thv-operator" "$@"
