#!/bin/sh
# test.sh [MODULE…]: test all modules, or those named (adapters/keyring), with
# the race detector and against the real parts, each module in what it needs: a
# private Secret Service, a container engine, a Kubernetes API server. With
# THV_REAL=1 a test whose real part is missing fails. What this user or kernel
# cannot have at all (a mount, a second owner) is skipped; every skip is printed
# with its reason.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
./hack/install-parts.sh

export THV_REAL=1 CGO_ENABLED=1
PATH=$PATH:/usr/sbin:/sbin

# skips LOG: each reason for which tests were skipped, with the first of them.
skips() {
	awk '/^=== (RUN|NAME|CONT)/ { name = $3 }
		/^ +[A-Za-z0-9_]+\.go:[0-9]+: / { sub(/^ +[A-Za-z0-9_]+\.go:[0-9]+: /, ""); why[name] = $0 }
		/--- SKIP: / { sub(/.*--- SKIP: /, ""); sub(/ .*/, ""); if (!n[why[$0]]++) first[why[$0]] = $0 }
		END { for (r in n) print "skipped: " first[r] (n[r] > 1 ? " and " n[r] - 1 " more" : "") ": " r }' "$1"
}

test_module() {
	case $1 in
	adapters/keyring) set -- "$1" "$root/hack/secret-service.sh" ;;
	adapters/k8s | apps/operator) set -- "$1" "$root/hack/kubernetes-api.sh" ;;
	adapters/docker) set -- "$1" "$root/hack/docker-engine.sh" ;;
	apps/cli) set -- "$1" "$root/hack/kubernetes-api.sh" "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
	e2e) set -- "$1" "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
	*) set -- "$1" ;;
	esac
	module=$1
	shift
	echo "test.sh: $module"
	log=$(mktemp)
	if (cd "$module" && "$@" go test -race -count=1 -v ./...) >"$log" 2>&1; then
		grep -aE '^(ok|docker-engine:)' "$log" || :
		skips "$log"
		rm -f "$log"
		return 0
	fi
	# The whole log of a module is long: what failed, and where the rest is.
	grep -av -E '^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)' "$log" | tail -n 400
	echo "test.sh: the whole log is $log"
	return 1
}

./hack/purity.sh
if [ $# = 0 ]; then
	# One failing module does not hide what the others have to say.
	for dir in $(go list -m -f '{{.Dir}}'); do set -- "$@" "${dir#"$root"/}"; done
fi
failed=
for module in "$@"; do
	test_module "$module" || failed="$failed $module"
done
if [ -n "$failed" ]; then
	echo "test.sh: failed:$failed" >&2
	exit 1
fi
echo "test.sh: all of these passed: $*"
