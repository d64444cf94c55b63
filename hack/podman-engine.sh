#!/bin/sh
# Runs a command with a Podman service for tests:
#
#   hack/podman-engine.sh [--rootless] COMMAND [ARG…]
#
# COMMAND sees DOCKER_HOST and THV_TEST_DOCKER_HOST, the address of Podman's
# Docker-compatible socket. The service is private: its images, containers,
# events and socket are below a new directory in /tmp, and it is stopped and
# removed afterwards. It runs as this user. With --rootless, root runs it as a
# user that only a mount namespace of its own knows, so that /etc stays as it is.
# Use the networks none and host. Exits with COMMAND's status.
set -eu

rootless=
if [ "${1:-}" = --rootless ]; then rootless=1; shift; fi
[ $# -gt 0 ] || { sed -n '2,13s/^# \{0,1\}//p' "$0" >&2; exit 2; }
say() { echo "podman-engine: $*" >&2; }

PATH=$PATH:/usr/sbin:/sbin
programs='podman runc catatonit curl'
if [ -n "$rootless" ] || [ "$(id -u)" != 0 ]; then programs="$programs newuidmap"; fi
for program in $programs; do
	command -v "$program" >/dev/null && continue
	say "$program is not installed; run: sudo apt-get install -y --no-install-recommends podman runc catatonit curl uidmap"
	exit 1
done

dir=$(mktemp -d /tmp/thv-podman.XXXXXX)
service=''
mkdir -m 700 "$dir/own" "$dir/own/runtime"
# A container may otherwise ask for more than a limit of this process. The events,
# and locks in memory, are otherwise shared with every other Podman of this user.
cat >"$dir/containers.conf" <<END
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
tmp_dir = "$dir/own/tmp"
lock_type = "file"
END

# The user of --rootless, and the numbers that its containers have beside its own.
user=thvtest id=54321
if [ -n "$rootless" ]; then
	[ "$(id -u)" = 0 ] || { say "--rootless is for root: any other user has a rootless service without it"; exit 1; }
	mkdir "$dir/etc"
	for file in passwd group subuid subgid; do cat "/etc/$file" >"$dir/etc/$file" 2>/dev/null || :; touch "/etc/$file"; done
	echo "$user:x:$id:$id::$dir/own:/bin/sh" >>"$dir/etc/passwd"
	echo "$user:x:$id:" >>"$dir/etc/group"
	echo "$user:600100000:65536" | tee -a "$dir/etc/subuid" >>"$dir/etc/subgid"
	chmod 755 "$dir"
	chown -R "$id:$id" "$dir/own"
fi

# private ARG…: Podman with all that it keeps below dir.
private() {
	set -- env HOME="$dir/own" XDG_RUNTIME_DIR="$dir/own/runtime" CONTAINERS_CONF="$dir/containers.conf" PATH="$PATH" \
		podman --root "$dir/own/root" --runroot "$dir/own/run" --storage-driver vfs \
		--cgroup-manager cgroupfs --runtime runc --events-backend file "$@"
	if [ -z "$rootless" ]; then exec "$@"; fi
	# shellcheck disable=SC2016 # the inner shell expands these
	exec unshare --mount --propagation private sh -euc 'cd "$1"; shift
		for file in passwd group subuid subgid; do mount --bind "etc/$file" "/etc/$file"; done
		id=$1; shift
		exec setpriv --reuid "$id" --regid "$id" --clear-groups --reset-env "$@"' \
		sh "$dir" "$id" "$@"
}

stop() {
	trap - EXIT INT TERM
	(private rm --all --force --time 0) >/dev/null 2>&1 || :
	if [ -n "$service" ]; then
		kill "$service" 2>/dev/null || :
		wait "$service" 2>/dev/null || :
	fi
	# The process that keeps a rootless Podman's namespace.
	find "$dir/own" -name pause.pid 2>/dev/null | while read -r file; do kill "$(cat "$file")" 2>/dev/null || :; done
	awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l || :
	rm -rf "$dir" 2>/dev/null || (private unshare rm -rf "$dir/own") || :
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

(private system service --time 0 "unix://$dir/own/podman.sock") >"$dir/log" 2>&1 &
service=$!
n=0
until curl -fs --max-time 10 --unix-socket "$dir/own/podman.sock" http://engine/_ping >/dev/null 2>&1; do
	n=$((n + 1))
	if [ "$n" -gt 300 ] || ! kill -0 "$service" 2>/dev/null; then
		say "the private service does not start; the end of its log:"
		tail -n 20 "$dir/log" >&2
		exit 1
	fi
	sleep 0.1
done
# The tests may run as root of a user namespace, which may use root's files alone.
[ -z "$rootless" ] || { chmod 711 "$dir/own"; chown 0:0 "$dir/own/podman.sock"; }
say "started Podman at unix://$dir/own/podman.sock${rootless:+, rootless}"

status=0
DOCKER_HOST=unix://$dir/own/podman.sock THV_TEST_DOCKER_HOST=unix://$dir/own/podman.sock "$@" || status=$?
stop
exit "$status"
