#!/bin/sh
# Runs a command with a Kubernetes API server for tests:
#
#   hack/kubernetes-api.sh COMMAND [ARG…]
#
# A private etcd and kube-apiserver (see kubernetes-build.sh) listen on loopback
# below a new directory in /tmp, and are stopped and removed afterwards. COMMAND
# finds in THV_TEST_KUBECONFIG an administrator's kubeconfig, and in
# THV_TEST_KUBECONFIG_READER that of the user "reader", who has no rights before
# a test gives some (RBAC). Nothing else of a cluster is there: no controllers,
# so that a namespace cannot be deleted, and no nodes. Exits with COMMAND's
# status. Beside secret-service.sh it stands first on the line: that one changes
# HOME, below which the programs are kept.
set -eu

[ $# -gt 0 ] || { sed -n '2,14s/^# \{0,1\}//p' "$0" >&2; exit 2; }
say() { echo "kubernetes-api: $*" >&2; }

for program in openssl curl; do
	command -v $program >/dev/null && continue
	say "$program is not installed; run: sudo apt-get install -y $program"
	exit 1
done
binaries=$("$(dirname "$0")/kubernetes-build.sh" etcd kube-apiserver)

dir=$(mktemp -d /tmp/thv-kubernetes.XXXXXX)
etcd_pid='' apiserver_pid=''

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
	finish "$apiserver_pid"
	finish "$etcd_pid"
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ports N: N different ports on which nothing listens, below those that the
# kernel gives to outgoing connections.
ports() {
	cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v n="$1" -v seed="$$" '
		{ split($2, address, ":"); taken[address[2]] = 1 }
		END { srand(); srand(seed + srand())
			while (n > 0) {
				port = 20000 + int(rand() * 12000)
				hex = sprintf("%04X", port)
				if (!taken[hex]++) { print port; n-- }
			} }'
}

# kubeconfig NAME: that of the user NAME, whose token lies beside it.
kubeconfig() {
	cat >"$dir/$1.kubeconfig" <<END
apiVersion: v1
kind: Config
current-context: $1
clusters: [{name: test, cluster: {server: "$server", certificate-authority: "$dir/certificates/apiserver.crt"}}]
users: [{name: $1, user: {token: "$(cat "$dir/$1.token")"}}]
contexts: [{name: $1, context: {cluster: test, user: $1}}]
END
}

old_umask=$(umask)
umask 077
# shellcheck disable=SC2046 # one port a word
set -- $(ports 3) "$@"
etcd=http://127.0.0.1:$1 peers=http://127.0.0.1:$2 secure_port=$3
server=https://127.0.0.1:$secure_port
shift 3

for user in admin reader; do openssl rand -hex 32 >"$dir/$user.token"; done
cat >"$dir/tokens.csv" <<END
$(cat "$dir/admin.token"),admin,admin,"system:masters"
$(cat "$dir/reader.token"),reader,reader
END
echo "Authorization: Bearer $(cat "$dir/admin.token")" >"$dir/admin.header"
openssl genrsa -out "$dir/service-account.key" 2048 2>/dev/null

setsid "$binaries/etcd" --name default --data-dir "$dir/etcd" --unsafe-no-fsync \
	--listen-client-urls "$etcd" --advertise-client-urls "$etcd" --listen-peer-urls "$peers" \
	--initial-advertise-peer-urls "$peers" --initial-cluster "default=$peers" >"$dir/etcd.log" 2>&1 &
etcd_pid=$!
setsid "$binaries/kube-apiserver" --etcd-servers "$etcd" --advertise-address=127.0.0.1 --bind-address=127.0.0.1 \
	--secure-port "$secure_port" --cert-dir "$dir/certificates" --endpoint-reconciler-type=none \
	--authorization-mode=RBAC --anonymous-auth=false --token-auth-file "$dir/tokens.csv" \
	--service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/service-account.key" \
	--service-account-signing-key-file "$dir/service-account.key" --service-cluster-ip-range 10.0.0.0/12 \
	>"$dir/apiserver.log" 2>&1 &
apiserver_pid=$!

ready() {
	timeout 10 curl -fs --noproxy '*' --cacert "$dir/certificates/apiserver.crt" -H "@$dir/admin.header" "$server/readyz" >/dev/null 2>&1
}

n=0
until ready; do
	n=$((n + 1))
	if [ "$n" -gt 600 ] || ! kill -0 "$apiserver_pid" 2>/dev/null || ! kill -0 "$etcd_pid" 2>/dev/null; then
		say "the API server does not start; the ends of the logs:"
		tail -n 20 "$dir/etcd.log" "$dir/apiserver.log" >&2
		exit 1
	fi
	sleep 0.1
done
for user in admin reader; do kubeconfig "$user"; done
umask "$old_umask"
say "started an API server at $server"

status=0
THV_TEST_KUBECONFIG=$dir/admin.kubeconfig THV_TEST_KUBECONFIG_READER=$dir/reader.kubeconfig "$@" || status=$?
stop
exit "$status"
