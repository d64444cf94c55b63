#!/bin/sh
# manifests.sh: write into dist/ what installs the operator: its chart as an
# archive, and, rendered from it for kubectl apply, thv-operator.yaml, which
# watches all namespaces, and thv-operator-namespaced.yaml, which needs no
# ClusterRole and watches its own namespace, thv-system. REGISTRY and VERSION
# name the image.
set -eu
cd "$(dirname "$0")/.."
helm=$(./hack/tool.sh helm)
chart=apps/operator/charts/thv-operator
version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo devel)}
version=$(echo "$version" | tr -c 'A-Za-z0-9_.\n-' -)
mkdir -p dist

# render FILE FLAGS…: nothing in it is helm's business.
render() {
	file=$1
	shift
	{
		cat <<-'END'
			apiVersion: v1
			kind: Namespace
			metadata:
			  name: thv-system
			  labels:
			    pod-security.kubernetes.io/enforce: restricted
		END
		"$helm" template thv-operator $chart --namespace thv-system --kube-version 1.30 --set image.tag="$version" \
			--set image.repository="${REGISTRY:-localhost}/thv-operator" "$@" |
			grep -vE '^ *(helm\.sh/|app\.kubernetes\.io/managed-by: Helm|# Source: )'
	} >"$file.$$"
	mv "$file.$$" "$file"
	echo "$file"
}

"$helm" lint --strict --quiet $chart
"$helm" package --destination dist --app-version "$version" $chart | sed 's/.*: .*dist/dist/'
render dist/thv-operator.yaml
render dist/thv-operator-namespaced.yaml --set scope=namespaced
