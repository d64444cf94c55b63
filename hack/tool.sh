#!/bin/sh
# tool.sh NAME: print the path of a tool that tools/go.mod names, or a go.mod of
# the tool's own in tools/NAME, built first where it is not yet in the cache. The
# cache is outside the repository, and a tool's directory is named for its version
# and for the Go that built it.
set -eu
name=$1
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/tools"
[ ! -f "$name/go.mod" ] || cd "$name"
export GOWORK=off

package=$(go list tool | grep "/$name\$") || { echo "tools/go.mod has no tool $name" >&2; exit 1; }
version=$(go list -f '{{.Module.Version}}' "$package")
binary=${XDG_CACHE_HOME:-$HOME/.cache}/thv/tools/$name-$version-$(go env GOVERSION)/$name
if [ ! -x "$binary" ]; then
	echo "tool.sh: building $name $version" >&2
	mkdir -p "$(dirname "$binary")"
	CGO_ENABLED=0 GOFLAGS="" go build -trimpath -o "$binary.$$" "$package"
	mv "$binary.$$" "$binary"
fi
echo "$binary"
