#!/bin/sh
# test-job.sh JOB: run one job of test.sh (see test-passes.sh), in the real parts that it
# needs. If it passes, it prints a line for each package and the reasons for skipped
# tests; if it fails, it prints what failed and the path of its whole log.
set -u
cd "$(dirname "$0")/.." || exit
root=$PWD
job=$1
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

# nohup makes a process and its children ignore SIGHUP. A test that ends a command with
# SIGHUP needs the default action.
default=
if env --default-signal=HUP true 2>/dev/null; then default="env --default-signal=HUP"; fi

case $job in
adapters/keyring) set -- "$root/hack/secret-service.sh" ;;
adapters/k8s | apps/operator) set -- "$root/hack/kubernetes-api.sh" ;;
adapters/docker | apps/cli:raced) set -- "$root/hack/docker-engine.sh" ;;
adapters/docker:podman) set -- "$root/hack/podman-engine.sh" ;;
adapters/docker:podman-rootless) set -- "$root/hack/podman-engine.sh" --rootless ;;
apps/cli:commands) set -- "$root/hack/kubernetes-api.sh" "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
apps/cli:packages | e2e) set -- "$root/hack/docker-engine.sh" "$root/hack/secret-service.sh" ;;
*) set -- ;;
esac

log=$(mktemp)
report=$(mktemp)
start=$(date +%s)
status=0
flags="-count=1 -timeout $limit -v"
# Many tests of these jobs wait for a process or a server, so more of them than there are
# processors can run at a time.
case $job in apps/cli:* | apps/operator) flags="$flags -parallel 4" ;; esac
# shellcheck disable=SC2086 # the flags are words
$default "$@" ./hack/test-passes.sh "$job" $flags >"$log" 2>&1 || status=$?
{
	echo "test.sh: $job, $(($(date +%s) - start)) s"
	if [ "$status" = 0 ]; then
		grep -aE '^(ok|docker-engine:)' "$log"
		skips "$log"
	else
		# A whole log is long: what failed, and where the rest is.
		grep -av -E '^ *(=== (RUN|PAUSE|CONT|NAME)|--- PASS)' "$log" | tail -n 400
		echo "test.sh: $job failed; the whole log is $log"
	fi
} >"$report"
# In one write, so that jobs that run at the same time do not mix.
cat "$report"
rm -f "$report"
[ "$status" != 0 ] || rm -f "$log"
exit "$status"
