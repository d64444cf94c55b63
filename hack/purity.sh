#!/bin/sh
# purity.sh [ROOT]: three of the four nets that keep core on the standard
# library alone, and adapters apart from one another. The fourth, depguard, is
# part of lint.sh; purity-selftest.sh proves that each of them catches.
set -eu
cd "${1:-$(dirname "$0")/..}"

# 1. No require line. A workspace hides a missing one, so look at the file.
if grep -nE '^[[:space:]]*(require|replace)\b' core/go.mod; then
	echo "purity.sh: core/go.mod requires a module; core uses the standard library only" >&2
	exit 1
fi

# 2. core stands alone: without the workspace nothing else can be found. The
# tests of this run include net 3, which reads the import lines of every file.
(
	cd core
	export GOWORK=off GOFLAGS=-mod=readonly
	go build ./... && go vet ./... && go test ./...
) || { echo "purity.sh: core does not build, vet and pass its tests on its own" >&2; exit 1; }

# Adapters reach core only, never each other.
for file in adapters/*/go.mod; do
	own=$(sed -n 's/^module //p' "$file")
	if grep -nE 'github.com/thv-secrets/thv/(adapters|apps)/' "$file" | grep -vE "[: ]module $own\$"; then
		echo "purity.sh: $file reaches another adapter or an app" >&2
		exit 1
	fi
done
