#!/bin/sh
# lint.sh: everything that judges the tree without running it. The tools come
# from tools/go.mod, built once into a cache (see tool.sh). All checks are run,
# also after one has failed.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
lint=$(./hack/tool.sh golangci-lint)
vuln=$(./hack/tool.sh govulncheck)
failed=

# check NAME COMMAND…
check() {
	name=$1
	shift
	echo "lint.sh: $name"
	"$@" || failed="$failed
    $name"
}

formatted() {
	unformatted=$(git ls-files -co --exclude-standard '*.go' | xargs -r gofmt -l)
	[ -z "$unformatted" ] && return
	echo "not formatted; run gofmt -w on these:"
	echo "$unformatted"
	return 1
}

golangci() { (cd "$1" && "$lint" run --config "$root/.golangci.yml" ./...); }

# govulncheck exits with 3 where it found something. Its database is on the
# network: where it cannot be had, that is said and is no finding.
reachable=yes
vulnerabilities() {
	[ "$reachable" = yes ] || return 0
	status=0
	output=$(cd "$1" && "$vuln" ./... 2>&1) || status=$?
	[ "$status" = 0 ] && return
	if [ "$status" != 3 ] && echo "$output" | grep -qE 'fetching vulnerabilit|modified time|dial tcp|no such host|proxyconnect|TLS handshake'; then
		reachable=no
		echo "the vulnerability database cannot be reached from here, so this check is left out:"
		echo "$output" | tail -n 2
		return 0
	fi
	echo "$output"
	return 1
}

check gofmt formatted
for dir in $(go list -m -f '{{.Dir}}'); do
	check "golangci-lint ${dir#"$root"/}" golangci "$dir"
done
check "generated files" ./hack/generate.sh check
check "purity of core" env GOLANGCI_LINT="$lint" ./hack/purity-selftest.sh
for dir in $(go list -m -f '{{.Dir}}'); do
	check "govulncheck ${dir#"$root"/}" vulnerabilities "$dir"
done
if command -v shellcheck >/dev/null 2>&1; then
	check shellcheck shellcheck hack/*.sh .ci/run
else
	echo "lint.sh: no shellcheck here; scripts are not checked"
fi

if [ -n "$failed" ]; then
	echo "lint.sh: failed:$failed" >&2
	exit 1
fi
echo "lint.sh: all of it passed"
