#!/bin/sh
# purity-selftest.sh: prove that each of the four nets around core catches what
# it is there for, by planting one impurity for each in a copy of the tree. A
# net that lets its impurity through fails this script. depguard needs
# GOLANGCI_LINT, the linter's path; lint.sh sets it.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fresh makes a copy of core, env and the nets, as a workspace of its own.
fresh() {
	rm -rf "$work/tree"
	mkdir -p "$work/tree/adapters" "$work/tree/hack"
	cp -R "$root/core" "$work/tree/core"
	cp -R "$root/adapters/env" "$work/tree/adapters/env"
	cp "$root/hack/purity.sh" "$work/tree/hack/"
	cp "$root/.golangci.yml" "$work/tree/"
	(cd "$work/tree" && go work init ./core ./adapters/env)
}

# plant IMPORT: core/secret imports it now.
plant() {
	printf 'package secret\n\nimport _ "%s"\n' "$1" >"$work/tree/core/secret/planted.go"
}

# caught NAME TEXT COMMAND...: COMMAND must fail and its output hold TEXT, so
# that a failure for another reason does not pass for a catch.
caught() {
	net=$1 text=$2
	shift 2
	if "$@" >"$work/output" 2>&1; then
		echo "purity-selftest.sh: $net let a planted import through" >&2
		exit 1
	fi
	if ! grep -q "$text" "$work/output"; then
		echo "purity-selftest.sh: $net failed, but not for the planted import:" >&2
		cat "$work/output" >&2
		exit 1
	fi
	echo "purity-selftest.sh: $net catches"
}

in_core() { (cd "$work/tree/core" && "$@"); }

fresh
in_core env GOWORK=off go build ./... || { echo "purity-selftest.sh: the copy does not build" >&2; exit 1; }

# 1. A require line, also one that the workspace would satisfy.
printf '\nrequire github.com/thv-secrets/thv/adapters/env v0.0.0\n\nreplace github.com/thv-secrets/thv/adapters/env => ../adapters/env\n' >>"$work/tree/core/go.mod"
caught "the look at go.mod" "core/go.mod requires a module" "$work/tree/hack/purity.sh" "$work/tree"

# 2. An import that builds in the workspace but not alone.
fresh
mkdir "$work/tree/adapters/env/planted"
printf 'package planted\n' >"$work/tree/adapters/env/planted/planted.go"
plant github.com/thv-secrets/thv/adapters/env/planted
in_core go build ./... || { echo "purity-selftest.sh: the workspace should hide this one" >&2; exit 1; }
caught "the build without the workspace" "providing package" "$work/tree/hack/purity.sh" "$work/tree"

# 3. The same import in a file that this platform does not build.
fresh
printf '//go:build plan9 && windows\n\npackage secret\n\nimport _ "github.com/thv-secrets/thv/adapters/env"\n' >"$work/tree/core/secret/planted.go"
in_core env GOWORK=off go build ./... || { echo "purity-selftest.sh: no build should see this one" >&2; exit 1; }
caught "the import test" "adapters/env" in_core env GOWORK=off go test -count=1 ./...

# 4. depguard, for a file directly in core/ and for one below.
if [ -z "${GOLANGCI_LINT:-}" ]; then
	echo "purity-selftest.sh: GOLANGCI_LINT is not set; depguard is not tried"
	exit 0
fi
for directory in . secret; do
	fresh
	mkdir "$work/tree/adapters/env/planted"
	printf 'package planted\n' >"$work/tree/adapters/env/planted/planted.go"
	name=secret
	[ "$directory" = . ] && name=core
	printf 'package %s\n\nimport _ "github.com/thv-secrets/thv/adapters/env/planted"\n' "$name" >"$work/tree/core/$directory/planted.go"
	caught "depguard (core/$directory)" "depguard" in_core "$GOLANGCI_LINT" run --enable-only depguard --config ../.golangci.yml ./...
done
