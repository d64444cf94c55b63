#!/bin/sh
# Runs a command with a Docker Engine for tests:
#
#   hack/docker-engine.sh COMMAND [ARG…]
#
# COMMAND sees DOCKER_HOST and THV_TEST_DOCKER_HOST. Where an Engine answers at
# DOCKER_HOST or at the default place, that one is used and left alone.
# Otherwise a private one is started, as root, below a new directory in /tmp,
# without bridge and firewall rules (use the networks none and host), and is
# stopped and removed afterwards. Exits with COMMAND's status. With --answers in
# place of COMMAND it only says by its status whether an Engine answers.
set -eu

[ $# -gt 0 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
say() { echo "docker-engine: $*" >&2; }

# answers HOST: is there an Engine, and may this user use it?
answers() {
	if command -v docker >/dev/null; then
		timeout 10 docker -H "$1" version >/dev/null 2>&1
	else
		timeout 10 curl -fs --unix-socket "${1#unix://}" http://engine/_ping >/dev/null 2>&1
	fi
}

host=${DOCKER_HOST:-unix:///var/run/docker.sock}
if [ "$1" = --answers ]; then answers "$host"; exit; fi
if answers "$host"; then
	say "using the Engine that answers at $host"
	DOCKER_HOST=$host THV_TEST_DOCKER_HOST=$host exec "$@"
fi

PATH=$PATH:/usr/sbin:/sbin
for program in dockerd containerd; do
	command -v $program >/dev/null && continue
	say "$program is not installed; run: sudo apt-get install -y docker.io"
	exit 1
done
[ "$(id -u)" = 0 ] || { say "a private Engine needs root. Use your own: sudo systemctl start docker, and as a member of the group docker (sudo usermod -aG docker $(id -un), then log in again) run this again"; exit 1; }

dir=$(mktemp -d /tmp/thv-docker.XXXXXX)
containerd_pid='' dockerd_pid=''

# finish PID: asks the process to end, and insists after 20 s.
finish() {
	[ -n "$1" ] || return 0
	kill "$1" 2>/dev/null || return 0
	n=0
	while kill -0 "$1" 2>/dev/null && [ "$n" -lt 200 ]; do sleep 0.1; n=$((n + 1)); done
	kill -9 "$1" 2>/dev/null || :
	wait "$1" 2>/dev/null || :
}

stop() {
	trap - EXIT INT TERM
	finish "$dockerd_pid"
	finish "$containerd_pid"
	# What a dockerd that was killed has left mounted, innermost first.
	awk -v d="$dir/" 'index($2, d) == 1 { print $2 }' /proc/self/mounts | sort -r | xargs -r umount -l || :
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A containerd of its own: dockerd would otherwise share the system's, with
# the containers of the Engine that belongs there. The CRI plugin is Kubernetes'.
echo "{}" >"$dir/dockerd.json"
cat >"$dir/containerd.toml" <<EOF
version = 2
root = "$dir/containerd/root"
state = "$dir/containerd/state"
disabled_plugins = ["io.containerd.grpc.v1.cri"]
[grpc]
address = "$dir/containerd.sock"
EOF
setsid containerd --config "$dir/containerd.toml" >"$dir/containerd.log" 2>&1 &
containerd_pid=$!
setsid dockerd --host "unix://$dir/docker.sock" --containerd "$dir/containerd.sock" \
	--data-root "$dir/data" --exec-root "$dir/exec" --pidfile "$dir/docker.pid" \
	--config-file "$dir/dockerd.json" --bridge=none --iptables=false --ip6tables=false \
	--ip-forward=false --ip-masq=false >"$dir/dockerd.log" 2>&1 &
dockerd_pid=$!

host=unix://$dir/docker.sock
n=0
until answers "$host"; do
	n=$((n + 1))
	if [ "$n" -gt 300 ] || ! kill -0 "$dockerd_pid" 2>/dev/null; then
		say "the private Engine does not start; the end of its log:"
		tail -n 20 "$dir/dockerd.log" >&2
		exit 1
	fi
	sleep 0.1
done
say "started a private Engine at $host"

status=0
DOCKER_HOST=$host THV_TEST_DOCKER_HOST=$host "$@" || status=$?
stop
exit "$status"
