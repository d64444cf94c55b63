#!/bin/sh
# kubernetes-build.sh NAME…: print the directory with the programs of a Kubernetes
# cluster that are named (etcd, kube-apiserver, kube-controller-manager,
# kube-scheduler, kubelet, kubectl), each built first where it is not yet in the
# cache. They come from the modules that tools/kubernetes/go.mod names. The
# cache is outside the repository, and its directory is named for the versions and
# for the Go that built them. The first build of all takes about ten minutes of
# two cores, etcd and kube-apiserver more than half of it; later ones a moment.
set -eu
[ $# -gt 0 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0" >&2; exit 2; }
cd "$(dirname "$0")/../tools/kubernetes"
export GOWORK=off CGO_ENABLED=0 GOFLAGS=-mod=readonly

kubernetes=$(go list -m -f '{{.Version}}' k8s.io/kubernetes)
etcd=$(go list -m -f '{{.Version}}' go.etcd.io/etcd/server/v3)
directory=${XDG_CACHE_HOME:-$HOME/.cache}/thv/kubernetes/$kubernetes-etcd-$etcd-$(go env GOVERSION)

# build PACKAGE NAME: a build that is ended half way leaves nothing in NAME.
build() {
	[ -x "$directory/$2" ] && return
	echo "kubernetes-build.sh: building $2" >&2
	minor=${kubernetes#v1.}
	version=
	for package in k8s.io/client-go/pkg/version k8s.io/component-base/version; do
		version="$version -X $package.gitVersion=$kubernetes -X $package.gitMajor=1 -X $package.gitMinor=${minor%%.*}"
	done
	go build -trimpath -ldflags "-s -w$version" -o "$directory/$2.$$" "$1"
	mv "$directory/$2.$$" "$directory/$2"
}

mkdir -p "$directory"
for name in "$@"; do
	case $name in
	etcd) build go.etcd.io/etcd/server/v3 etcd ;;
	*) build "k8s.io/kubernetes/cmd/$name" "$name" ;;
	esac
done
echo "$directory"
