#!/bin/sh
# test-passes.sh MODULE [FLAGS…]: go test of one module, in the real parts that it
# is started in, with the race detector. Without it are the tests that start
# thousands of short commands, each many times slower with it; those of them whose
# commands do several things at the same time run a second time, with it. With
# THV_RACE=1 all tests run with it.
set -u
cd "$(dirname "$0")/../$1" || exit
module=$1
shift
status=0
raced() { CGO_ENABLED=1 go test -race "$@" || status=1; }
plain() { CGO_ENABLED=0 go test "$@" || status=1; }

if [ -n "${THV_RACE:-}" ]; then
	raced "$@" ./...
	exit "$status"
fi
case $module in
apps/cli)
	for script in detached supervisor resident exec program trusted; do
		[ -f "cmd/thv/testdata/script/$script.txtar" ] || { echo "test-passes.sh: no script $script" >&2; exit 1; }
	done
	# shellcheck disable=SC2046 # the packages are words
	raced "$@" $(go list ./... | grep -v '/cmd/thv$')
	plain "$@" ./cmd/thv
	raced "$@" -run '^(TestScripts|TestRunDetached_.*|TestChaos_.*|TestRun_ManyAtOnce.*)$/^(detached|supervisor|resident|exec|program|trusted)$' ./cmd/thv
	;;
adapters/onepassword)
	# These start the SDK's WebAssembly or many commands.
	raced "$@" -skip '^(TestCLI_Conforms|TestRead_SendsWhatTheSDKTakes|TestConnect_TheSDKRefusesATokenThatIsNone)$' ./...
	plain "$@" -run '^(TestCLI_Conforms|TestRead_SendsWhatTheSDKTakes|TestConnect_TheSDKRefusesATokenThatIsNone)$' .
	;;
*) raced "$@" ./... ;;
esac
exit "$status"
