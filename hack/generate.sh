#!/bin/sh
# generate.sh [check]: run the generators. With check, only say whether wire's
# output is what the injectors ask for now, and fail where it is not.
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
if [ "$verb" = "diff" ]; then exit 0; fi

mockgen=$(./hack/tool.sh mockgen)
PATH=$(dirname "$mockgen"):$PATH
export PATH
go list -m -f '{{.Dir}}' | while read -r dir; do
	(cd "$dir" && go generate -skip google/wire ./...)
done
