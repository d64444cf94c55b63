#!/bin/sh
# image.sh [PROGRAM…]: build container images into dist/, for linux on amd64 and
# arm64, from scratch and without a registry: of thv-operator, or of what is
# named (keyserver, the MCP server of the end-to-end tests). VERSION, REGISTRY
# (localhost), ARCHES and LDFLAGS may be set. The same commit and Go make the
# same images.
set -eu
cd "$(dirname "$0")/.."
[ $# -gt 0 ] || set -- thv-operator

version=${VERSION:-$(git describe --tags --always --dirty 2>/dev/null || echo devel)}
# Nothing but what a tag may be made of.
version=$(echo "$version" | tr -c 'A-Za-z0-9_.\n-' -)
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 0)}"
mkdir -p dist

for program in "$@"; do
	case $program in
	thv-operator) package=./apps/operator/cmd/thv-operator title="thv's operator for Kubernetes" ;;
	keyserver) package=./e2e/cmd/keyserver title="an MCP server that needs a key, for tests" ;;
	*) echo "image.sh: $program is not known; thv-operator and keyserver are" >&2; exit 2 ;;
	esac
	for arch in ${ARCHES:-amd64 arm64}; do
		directory=dist/linux-$arch
		mkdir -p "$directory"
		CGO_ENABLED=0 GOOS=linux GOARCH=$arch go build -buildvcs=false -trimpath \
			-ldflags "${LDFLAGS:--s -w -X main.version=$version}" -o "$directory/$program" "$package"
		go run ./hack/cmd/image -program "$directory/$program" -arch "$arch" \
			-name "${REGISTRY:-localhost}/$program:$version" -o "dist/$program-$version-linux-$arch.tar" \
			-label "org.opencontainers.image.title=$title" -label "org.opencontainers.image.version=$version" \
			-label "org.opencontainers.image.revision=$(git rev-parse HEAD 2>/dev/null || echo unknown)" \
			-label org.opencontainers.image.licenses=Apache-2.0
	done
done
