#!/bin/sh
# Runs a command with a real Kubernetes cluster of one node for tests:
#
#   hack/kubernetes-cluster.sh COMMAND [ARG…]
#
# etcd, API server, controller manager, scheduler, kubelet (kubernetes-build.sh)
# and a containerd of its own run below a new directory in /tmp, in namespaces of
# their own: no interface leads out, nothing of the machine's is mounted over or
# set, and all of it ends with the first process of these namespaces, also where
# this script is killed. COMMAND runs in the cluster's network namespace only, so
# it downloads nothing. It finds kubectl in PATH, an administrator's KUBECONFIG,
# CONTAINERD_ADDRESS and CONTAINERD_NAMESPACE for ctr, and in THV_TEST_CLUSTER the
# directory, with the logs. Images are imported (ctr images import) and never
# pulled. There are no names (DNS) and no routing to Services but kubernetes';
# pods reach each other and the API server. Needs root. Exits with COMMAND's
# status.
set -eu

say() { echo "kubernetes-cluster: $*" >&2; }
root=$(cd "$(dirname "$0")/.." && pwd)
PATH=$PATH:/usr/sbin:/sbin

# configure FILE: that of hack/cluster, with what is known here only.
configure() { sed "s|@DIR@|$dir|g; s|@CGROUP@|$cgroup|g; s|@SNAPSHOTTER@|${snapshotter:-}|g" "$root/hack/cluster/$1"; }

# kubeconfig NAME USER GROUP: a user's, whose token the API server knows.
kubeconfig() {
	token=$(openssl rand -hex 32)
	echo "$token,$2,$2,\"$3\"" >>"$dir/tokens.csv"
	cat >"$dir/$1.kubeconfig" <<END
apiVersion: v1
kind: Config
current-context: $1
clusters: [{name: test, cluster: {server: "https://10.0.0.1", certificate-authority: "$dir/certificates/apiserver.crt"}}]
users: [{name: $1, user: {token: "$token"}}]
contexts: [{name: $1, context: {cluster: test, user: $1}}]
END
}

# daemon NAME ARGUMENTS…: starts a program in the background, its log in NAME.log.
daemon() {
	name=$1
	shift
	setsid "$name" "$@" >"$dir/$name.log" 2>&1 &
	echo $! >"$dir/$name.pid"
}

# await WHAT COMMAND…: until it succeeds, at most two minutes.
await() {
	what=$1
	shift
	n=0
	until "$@" >/dev/null 2>&1; do
		n=$((n + 1))
		[ "$n" -le 1200 ] || { say "waited too long for $what"; return 1; }
		sleep 0.1
	done
}

# The kubelet sets these for the whole machine unless they have its values. So it
# finds its values, in files of this mount namespace alone.
pretend() {
	mkdir "$dir/sysctl"
	for pair in vm/overcommit_memory=1 vm/panic_on_oom=0 kernel/panic=10 kernel/panic_on_oops=1 \
		kernel/keys/root_maxkeys=1000000 kernel/keys/root_maxbytes=25000000; do
		file=$dir/sysctl/$(basename "${pair%=*}")
		echo "${pair#*=}" >"$file"
		mount --bind "$file" "/proc/sys/${pair%=*}"
	done
}

# A cgroup below which all pods are, in every hierarchy.
cgroups() {
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		# The kubelet wants each of these that there is.
		for controller in cpu cpuset hugetlb memory pids; do
			echo "+$controller" >/sys/fs/cgroup/cgroup.subtree_control 2>/dev/null || :
		done
		mkdir "/sys/fs/cgroup/$cgroup"
		return
	fi
	for hierarchy in /sys/fs/cgroup/*/; do
		# Some have a second name, a link.
		if [ -e "${hierarchy}cgroup.procs" ] && [ ! -L "${hierarchy%/}" ]; then mkdir "$hierarchy$cgroup"; fi
	done
	# A new cpuset is empty, and nothing can run in it.
	for file in cpus mems; do
		if [ -e "/sys/fs/cgroup/cpuset/cpuset.$file" ]; then
			cat "/sys/fs/cgroup/cpuset/cpuset.$file" >"/sys/fs/cgroup/cpuset/$cgroup/cpuset.$file"
		fi
	done
}

network() {
	ip link set lo up
	# Pods are plugged into the bridge. The API server listens on the address that
	# the Service kubernetes has, so that needs no routing.
	ip link add thv0 type bridge
	ip addr add 10.88.0.1/16 dev thv0
	ip addr add 10.0.0.1/32 dev lo
	ip link set thv0 up
}

# The first process of the namespaces. It ends when no process has the other end of
# the pipe any more, and the kernel ends everything else with it.
inside() {
	dir=$1 binaries=$2 cgroup=$(basename "$1")
	exec 8<"$dir/stop"
	PATH=$binaries:$PATH
	cd "$dir"
	# Hidden, since their users know these places only: sockets, what is mounted,
	# names of logs.
	for directory in /run /var/lib /var/log; do mount -t tmpfs -o mode=755 tmpfs $directory; done
	pretend
	cgroups
	network

	daemon etcd --name default --data-dir "$dir/etcd" --unsafe-no-fsync
	daemon kube-apiserver --etcd-servers http://127.0.0.1:2379 --advertise-address 10.88.0.1 --secure-port 443 \
		--cert-dir "$dir/certificates" --endpoint-reconciler-type none --authorization-mode Node,RBAC \
		--enable-admission-plugins NodeRestriction --anonymous-auth=false --token-auth-file "$dir/tokens.csv" \
		--kubelet-client-certificate "$dir/apiserver-client.crt" --kubelet-client-key "$dir/apiserver-client.key" \
		--kubelet-preferred-address-types InternalIP --service-cluster-ip-range 10.0.0.0/24 \
		--service-account-issuer https://kubernetes.default.svc --service-account-key-file "$dir/service-account.key" \
		--service-account-signing-key-file "$dir/service-account.key" \
		--audit-policy-file "$dir/audit.yaml" --audit-log-path "$dir/audit.log"
	snapshotter=native
	mkdir -p "$dir/try/lower" "$dir/try/upper" "$dir/try/work" "$dir/try/merged"
	if mount -t overlay -o "lowerdir=$dir/try/lower,upperdir=$dir/try/upper,workdir=$dir/try/work" overlay "$dir/try/merged" 2>/dev/null; then
		umount "$dir/try/merged"
		snapshotter=overlayfs
	fi
	configure containerd.toml >"$dir/containerd.toml"
	daemon containerd --config "$dir/containerd.toml"
	await containerd ctr version
	ctr images import --digests=false "$dir/pause.tar" >/dev/null

	await "the API server" kubectl get --raw /readyz
	daemon kube-controller-manager --kubeconfig "$dir/controllers.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false \
		--use-service-account-credentials --service-account-private-key-file "$dir/service-account.key" \
		--root-ca-file "$dir/certificates/apiserver.crt"
	daemon kube-scheduler --kubeconfig "$dir/scheduler.kubeconfig" --bind-address 127.0.0.1 --leader-elect=false
	daemon kubelet --config "$dir/kubelet.yaml" --kubeconfig "$dir/node.kubeconfig" --root-dir "$dir/kubelet" \
		--cert-dir "$dir/kubelet-certificates" --hostname-override node --node-ip 10.88.0.1
	await "the node" sh -c 'kubectl get node node -o "jsonpath={.status.conditions[?(@.type==\"Ready\")].status}" | grep True'
	await "the default service account" kubectl get serviceaccount default
	touch "$dir/ready"
	read -r _ <&8 || :
}

if [ "${1-}" = --inside ]; then
	shift
	inside "$@"
	exit
fi

[ $# -gt 0 ] || { sed -n '2,17s/^# \{0,1\}//p' "$0" >&2; exit 2; }
[ "$(id -u)" = 0 ] || { say "a node needs root; run: sudo $0 $*"; exit 1; }
"$root/hack/install-parts.sh" cluster
binaries=$("$root/hack/kubernetes-build.sh" etcd kube-apiserver kube-controller-manager kube-scheduler kubelet kubectl)

dir=$(mktemp -d /tmp/thv-cluster.XXXXXX)
namespaces='' command=''

stop() {
	trap - EXIT INT TERM
	if [ -n "$command" ] && kill "$command" 2>/dev/null; then wait "$command" 2>/dev/null || :; fi
	# The first process of the namespaces reads the end of the pipe, and ends.
	exec 9>&-
	[ -z "$namespaces" ] || wait "$namespaces" 2>/dev/null || :
	find /sys/fs/cgroup -depth -type d -path "*/$(basename "$dir")*" -exec rmdir {} \; 2>/dev/null || :
	rm -rf "$dir"
}
trap stop EXIT
trap 'stop; exit 130' INT
trap 'stop; exit 143' TERM

old_umask=$(umask)
umask 077
cgroup=$(basename "$dir")
mkdir "$dir/cni" "$dir/bin"
ln -s "$binaries/kubectl" "$dir/bin/kubectl"
configure thv.conflist >"$dir/cni/thv.conflist"
configure kubelet.yaml >"$dir/kubelet.yaml"
configure audit.yaml >"$dir/audit.yaml"
kubeconfig admin admin system:masters
kubeconfig controllers system:kube-controller-manager system:authenticated
kubeconfig scheduler system:kube-scheduler system:authenticated
kubeconfig node system:node:node system:nodes
openssl genrsa -out "$dir/service-account.key" 2048 2>/dev/null
openssl req -x509 -newkey rsa:2048 -nodes -subj /O=system:masters/CN=kube-apiserver -days 2 \
	-keyout "$dir/apiserver-client.key" -out "$dir/apiserver-client.crt" 2>/dev/null
chmod 711 "$dir"
umask "$old_umask"
(cd "$root/hack" && CGO_ENABLED=0 go build -trimpath -o "$dir/pause" ./cmd/pause &&
	go run ./cmd/image -program "$dir/pause" -arch "$(go env GOARCH)" -name localhost/thv-pause:test -o "$dir/pause.tar" >/dev/null)

export KUBECONFIG="$dir/admin.kubeconfig" CONTAINERD_ADDRESS="$dir/containerd.sock" CONTAINERD_NAMESPACE=k8s.io
mkfifo "$dir/stop"
unshare --net --mount --pid --fork --kill-child --mount-proc "$0" --inside "$dir" "$binaries" >"$dir/start.log" 2>&1 &
namespaces=$!
exec 9>"$dir/stop"
while [ ! -e "$dir/ready" ]; do
	kill -0 "$namespaces" 2>/dev/null && sleep 0.1 && continue
	say "the cluster does not start; the ends of the logs:"
	tail -n 15 "$dir"/*.log >&2
	exit 1
done
say "started a cluster in $dir"

status=0
# In the background, so that a signal to this script is answered at once.
THV_TEST_CLUSTER=$dir PATH=$dir/bin:$PATH env --default-signal=INT,QUIT nsenter --net --target "$namespaces" -- "$@" <&0 9>&- &
command=$!
wait "$command" || status=$?
command=''
stop
exit "$status"
