#!/bin/sh
# test-unit.sh: test all modules with nothing but Go. The race detector needs a
# C compiler; without one it is left out, and that is said. Tests that need real
# parts skip themselves and say why (go test -v shows it).
set -eu
cd "$(dirname "$0")/.."
unset THV_REAL

race=
if command -v "$(go env CC)" >/dev/null 2>&1; then
	race=-race
	export CGO_ENABLED=1
else
	echo "test-unit.sh: no C compiler here, so without the race detector"
fi

./hack/purity.sh
go list -m -f '{{.Dir}}' | while read -r dir; do
	echo "test-unit.sh: $dir"
	(cd "$dir" && go test $race -timeout 40m ./...)
done
