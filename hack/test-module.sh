#!/bin/sh
# test-module.sh MODULE: test one module (test-passes.sh), in the real parts that
# it needs. A passed module prints one line a package and the reasons
# for skipped tests; a failed one prints what failed, and where its whole log is.
set -u
cd "$(dirname "$0")/.." || exit
root=$PWD
module=$1
# A limit for what hangs. Go's own 10 minutes are too few for the longest package
# on a busy machine.
limit=40m

# skips LOG: each reason for which tests were skipped, with the first of them.
skips() {
	awk '/^=== (RUN|NAME|CONT)/ { name = $3 }
		/^ +[A-Za-z0-9_]+\.go:[0-9]+: / { sub(/^ +[A-Za-z0-9_]+\.go:[0-9]+: /, ""); why[name] = $0 }
		/--- SKIP: / { sub(/.*--- SKIP: /, ""); sub(/ .*/, ""); if (!n[why[$0]]++) first[why[$0]] = $0 }
		END { for (r in n) print "skipped: " first[r] (n[r] > 1 ? " and " n[r] - 1 " more" : "") ": " r }' "$1"
}

# Under nohup a test that ends a command by SIGHUP would wait for it in vain: what was
# ignored at the start stays so.
default=
if env --default-signal=HUP true 2>/dev/null; then default="env --default-signal=HUP"; fi

case $module in
adapters/keyring) set -- "$root/hack/secret-service.sh" ;;
adapters/k8s | apps/operator) set -- "$root/hack/kubernetes-api.sh" ;;
adapters/docker) set -- "$root/hack/docker-engine.sh" ;;
apps/cli) set -- "$root/hack/kubernetes-api.sh" "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
e2e) set -- "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
*) set -- ;;
esac

# on_podman: the tests of what differs most between the two engines, and of the
# command line what every engine has to do; rootless, too, which root has as an option.
on_podman() {
	podman="$root/hack/podman-engine.sh"
	cgo=0 race=
	if [ -n "${THV_RACE:-}" ]; then cgo=1 race=-race; fi
	(cd "$root/adapters/docker" && "$podman" go test -count=1 -timeout "$limit" -v -run '^Test(Podman_|Describe_|Volume_|Run_OutputError|Run_Ends|Start_WhatCannot|Start_WithInit|Start_Taken|Executed_|Sweep_|Sealed_Variables|Refresh_OfAPaused)' .) || return
	(cd "$root/apps/cli" && CGO_ENABLED=$cgo THV_KILLS=8 "$podman" go test $race -count=1 -timeout "$limit" -v -run '^(TestScripts|TestRun_KilledAtAnyMoment.*)$/^engine$' ./cmd/thv) || return
	[ "$(id -u)" = 0 ] || return 0 # it was rootless
	(cd "$root/apps/cli" && CGO_ENABLED=$cgo "$podman" --rootless go test $race -count=1 -timeout "$limit" -v -run '^TestScripts$/^engine$' ./cmd/thv) || return
	cd "$root/adapters/docker" && "$podman" --rootless go test -count=1 -timeout "$limit" -v -run '^Test(Describe_|Volume_|Start_WithInit)' .
}

log=$(mktemp)
report=$(mktemp)
start=$(date +%s)
status=0
flags="-count=1 -timeout $limit -v"
# Many of their tests wait for a process or a server, so that more of them than there
# are processors can run at a time.
case $module in apps/cli | apps/operator) flags="$flags -parallel 4" ;; esac
# shellcheck disable=SC2086 # the flags are words
$default "$@" ./hack/test-passes.sh "$module" $flags >"$log" 2>&1 || status=$?
if [ "$module" = adapters/docker ] && [ "$status" = 0 ]; then
	(on_podman) >>"$log" 2>&1 || status=$?
fi
{
	echo "test.sh: $module, $(($(date +%s) - start)) s"
	if [ "$status" = 0 ]; then
		grep -aE '^(ok|docker-engine:)' "$log"
		skips "$log"
	else
		# The whole log of a module is long: what failed, and where the rest is.
		grep -av -E '^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)' "$log" | tail -n 400
		echo "test.sh: $module failed; the whole log is $log"
	fi
} >"$report"
# In one write, so that modules that are tested at the same time do not mix.
cat "$report"
rm -f "$report"
[ "$status" != 0 ] || rm -f "$log"
exit "$status"
