#!/bin/sh
# generate.sh [check]: run the generators. With check, only say whether the output
# of wire and of controller-gen is what they would write now, and fail where it is
# not.
#
# wire writes a go:generate line of its own into its output, which fails in a
# workspace; wire is run here instead, and that line skipped.
set -eu
cd "$(dirname "$0")/.."
wire=$(./hack/tool.sh wire)
verb="gen"
[ "${1:-}" = check ] && verb="diff"

grep -rlE --include='*.go' '^//go:build wireinject' apps | xargs -r -n1 dirname | sort -u | while read -r dir; do
	echo "generate.sh: wire $verb $dir"
	(cd "$dir" && "$wire" "$verb" . </dev/null)
done

# The operator's API: deep copies beside the types, and the CRDs, which its chart
# has too, since a chart cannot read files outside its directory.
charted=apps/operator/charts/thv-operator/files/crds
echo "generate.sh: controller-gen apps/operator/api"
controller_gen=$(./hack/tool.sh controller-gen)
made=$(mktemp -d)
trap 'rm -rf "$made"' EXIT
mkdir "$made/raw" "$made/crd"
(
	cd apps/operator
	"$controller_gen" crd:maxDescLen=400 paths=./api/... output:crd:dir="$made/raw"
	"$controller_gen" object paths=./api/... output:object:dir="$made"
	go run ./internal/crdversions "$made/raw" "$made/crd"
)
if [ "$verb" = "diff" ]; then
	diff -r "$made/crd" apps/operator/config/crd
	diff -r "$made/crd" "$charted"
	exec diff "$made/zz_generated.deepcopy.go" apps/operator/api/v1beta1/zz_generated.deepcopy.go
fi
cp "$made/crd/"*.yaml apps/operator/config/crd/
cp "$made/crd/"*.yaml "$charted/"
cp "$made/zz_generated.deepcopy.go" apps/operator/api/v1beta1/

mockgen=$(./hack/tool.sh mockgen)
PATH=$(dirname "$mockgen"):$PATH
export PATH
go list -m -f '{{.Dir}}' | while read -r dir; do
	(cd "$dir" && go generate -skip google/wire ./...)
done
