#!/bin/sh
# Runs a command with a Podman service for tests:
#
#   hack/podman-engine.sh COMMAND [ARG…]
#
# COMMAND sees DOCKER_HOST and THV_TEST_DOCKER_HOST, the address of Podman's
# Docker-compatible socket. The service is private: its images, containers and
# socket are below a new directory in /tmp, and it is stopped and removed
# afterwards. It runs as root, with the networks none and host. Exits with
# COMMAND's status.
set -eu

[ $# -gt 0 ] || { sed -n '2,11s/^# \{0,1\}//p' "$0" >&2; exit 2; }
say() { echo "podman-engine: $*" >&2; }

PATH=$PATH:/usr/sbin:/sbin
for program in podman runc catatonit curl; do
	command -v $program >/dev/null && continue
	say "$program is not installed; run: sudo apt-get install -y --no-install-recommends podman runc catatonit curl"
	exit 1
done
[ "$(id -u)" = 0 ] || { say "a private service needs root"; exit 1; }

dir=$(mktemp -d /tmp/thv-podman.XXXXXX)
pid=''
# A container may otherwise ask for more than a limit of this process.
printf '[containers]\ndefault_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]\n' >"$dir/containers.conf"
export CONTAINERS_CONF="$dir/containers.conf"
private() {
	podman --root "$dir/root" --runroot "$dir/run" --storage-driver vfs \
		--cgroup-manager cgroupfs --runtime runc --events-backend file "$@"
}

stop() {
	trap - EXIT INT TERM
	private rm --all --force --time 0 >/dev/null 2>&1 || :
	if [ -n "$pid" ]; then
		kill "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	fi
	awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l || :
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

setsid podman --root "$dir/root" --runroot "$dir/run" --storage-driver vfs \
	--cgroup-manager cgroupfs --runtime runc --events-backend file \
	system service --time 0 "unix://$dir/podman.sock" >"$dir/log" 2>&1 &
pid=$!
n=0
until curl -fs --max-time 10 --unix-socket "$dir/podman.sock" http://engine/_ping >/dev/null 2>&1; do
	n=$((n + 1))
	if [ "$n" -gt 300 ] || ! kill -0 "$pid" 2>/dev/null; then
		say "the private service does not start; the end of its log:"
		tail -n 20 "$dir/log" >&2
		exit 1
	fi
	sleep 0.1
done
say "started Podman at unix://$dir/podman.sock"

status=0
DOCKER_HOST=unix://$dir/podman.sock THV_TEST_DOCKER_HOST=unix://$dir/podman.sock "$@" || status=$?
stop
exit "$status"
