#!/bin/sh
# test-passes.sh JOB [FLAGS…]: go test of one job of test.sh, in the real parts that it
# is started in, with the race detector. Without it are the tests that start
# thousands of short commands, each many times slower with it; those of them whose
# commands do several things at the same time run a second time, with it. With
# THV_RACE=1 all tests run with it.
set -u
cd "$(dirname "$0")/.." || exit
root=$PWD
job=$1
shift
cd "${job%%:*}" || exit
status=0
raced() { CGO_ENABLED=1 go test -race "$@" || status=1; }
plain() { CGO_ENABLED=0 go test "$@" || status=1; }
if [ -n "${THV_RACE:-}" ]; then plain() { raced "$@"; }; fi

# podman: the tests of what differs most between the two engines, and of the
# command line what every engine has to do; rootless, too, which root has as an option.
podman() {
	plain "$@" -run '^Test(Podman_|Describe_|Volume_|Run_OutputError|Run_Ends|Start_WhatCannot|Start_WithInit|Start_Taken|Executed_|Sweep_|Sealed_Variables|Refresh_OfAPaused)' .
	cd "$root/apps/cli" || exit
	THV_KILLS=8 plain "$@" -run '^(TestScripts|TestRun_KilledAtAnyMoment.*)$/^engine$' ./cmd/thv
}

podman_rootless() {
	plain "$@" -run '^Test(Describe_|Volume_|Start_WithInit)' .
	cd "$root/apps/cli" || exit
	plain "$@" -run '^TestScripts$/^engine$' ./cmd/thv
}

case $job in
apps/cli:packages)
	# shellcheck disable=SC2046 # the packages are words
	raced "$@" $(go list ./... | grep -v '/cmd/thv$')
	;;
apps/cli:commands) plain "$@" ./cmd/thv ;;
apps/cli:raced)
	for script in detached supervisor resident exec program trusted; do
		[ -f "cmd/thv/testdata/script/$script.txtar" ] || { echo "test-passes.sh: no script $script" >&2; exit 1; }
	done
	[ -n "${THV_RACE:-}" ] || raced "$@" -run '^(TestScripts|TestRunDetached_.*|TestChaos_.*|TestRun_ManyAtOnce.*)$/^(detached|supervisor|resident|exec|program|trusted)$' ./cmd/thv
	;;
adapters/docker:podman) podman "$@" ;;
adapters/docker:podman-rootless) podman_rootless "$@" ;;
adapters/onepassword)
	# These start the SDK's WebAssembly or many commands.
	raced "$@" -skip '^(TestCLI_Conforms|TestRead_SendsWhatTheSDKTakes|TestConnect_TheSDKRefusesATokenThatIsNone)$' ./...
	plain "$@" -run '^(TestCLI_Conforms|TestRead_SendsWhatTheSDKTakes|TestConnect_TheSDKRefusesATokenThatIsNone)$' .
	;;
*) raced "$@" ./... ;;
esac
exit "$status"
