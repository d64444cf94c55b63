#!/bin/sh
# e2e.sh [TEST-FLAGS…]: build the operator's image and all that its end-to-end
# tests need, start a cluster (kubernetes-cluster.sh) and run them in it:
#
#   hack/e2e.sh -test.run Secret -test.failfast
#
# Needs root, as a node does. Everything is built before the cluster starts, since
# nothing leads out of its network.
set -eu
cd "$(dirname "$0")/.."
root=$PWD
PATH=$PATH:/usr/sbin:/sbin
./hack/install-parts.sh cluster

arch=$(go env GOARCH)
export THV_E2E=1 VERSION=e2e
ARCHES=$arch ./hack/image.sh thv-operator keyserver
./hack/manifests.sh
mkdir -p dist/e2e
CGO_ENABLED=0 go build -buildvcs=false -trimpath -o dist/e2e/ ./apps/cli/cmd/thv
(cd e2e && go test -c -o "$root/dist/e2e/cluster.test" ./cluster)
THV_TEST_HELM=$(./hack/tool.sh helm)
THV_TEST_MONITORING=$(cd tools/monitoring && GOWORK=off go mod download -json github.com/prometheus-operator/prometheus-operator |
	sed -n 's|.*"Dir": "\(.*\)".*|\1/example/prometheus-operator-crd|p')
export THV_TEST_HELM THV_TEST_MONITORING THV_TEST_TAG=$VERSION THV_TEST_DIST="$root/dist" THV_TEST_THV="$root/dist/e2e/thv"
export THV_TEST_IMAGES="$root/dist/thv-operator-$VERSION-linux-$arch.tar $root/dist/keyserver-$VERSION-linux-$arch.tar"
cd e2e/cluster
"$root/hack/kubernetes-cluster.sh" "$root/dist/e2e/cluster.test" -test.v -test.timeout 30m "$@"
