#!/bin/sh
# fuzz.sh: run every fuzz target of every module for FUZZTIME (10s).
set -eu
cd "$(dirname "$0")/.."

go list -m -f '{{.Dir}}' | while read -r dir; do
	grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]+' "$dir" || true
done | while IFS=: read -r file _ declaration; do
	target=${declaration#func }
	echo "fuzz.sh: $target in $(dirname "$file")"
	(cd "$(dirname "$file")" && go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-10s}" -fuzzminimizetime 5x . </dev/null)
done
