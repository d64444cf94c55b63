#!/bin/sh
# test.sh [MODULE…]: test all modules, or those named (adapters/keyring), with
# the race detector (test-passes.sh says what without it) and against the real
# parts, each module in what it needs: a private Secret Service, a container engine,
# a Kubernetes API server. With THV_REAL=1 a test whose real part is missing fails.
# What this user or kernel cannot have at all (a mount, a second owner) is skipped;
# every skip is printed with its reason. A module is tested in one job, or in several
# (MODULE:PART). At most THV_JOBS jobs (default 4) run at the same time.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
./hack/install-parts.sh

export THV_REAL=1 CGO_ENABLED=1
PATH=$PATH:/usr/sbin:/sbin

./hack/purity.sh
if [ $# = 0 ]; then
	# The longest come first, so that the shorter ones fill the other jobs.
	set -- apps/cli adapters/docker apps/operator adapters/onepassword adapters/exec e2e
	for dir in $(go list -m -f '{{.Dir}}'); do
		module=${dir#"$root"/}
		case " $* " in *" $module "*) ;; *) set -- "$@" "$module" ;; esac
	done
fi
jobs=
for module in "$@"; do
	case $module in
	apps/cli) jobs="$jobs apps/cli:commands apps/cli:packages apps/cli:raced" ;;
	adapters/docker)
		jobs="$jobs adapters/docker adapters/docker:podman"
		# For any other user adapters/docker:podman is rootless.
		[ "$(id -u)" != 0 ] || jobs="$jobs adapters/docker:podman-rootless"
		;;
	*) jobs="$jobs $module" ;;
	esac
done
# Built once here, and not by two modules at the same time.
case " $* " in *" apps/cli "* | *" apps/operator "* | *" adapters/k8s "*) ./hack/kubernetes-build.sh etcd kube-apiserver >/dev/null ;; esac
# xargs goes on with the others after a failed one, and exits with 123 then.
if ! printf '%s' "$jobs" | xargs -P "${THV_JOBS:-4}" -n 1 ./hack/test-job.sh; then
	echo "test.sh: a job failed; see above" >&2
	exit 1
fi
echo "test.sh: all of these passed: $*"
