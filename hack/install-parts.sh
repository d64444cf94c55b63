#!/bin/sh
# install-parts.sh [cluster]: see that the real parts that tests run against are
# installed, or with cluster those of a Kubernetes node. Where they are not,
# install them (as root on Debian or Ubuntu), or stop with the line to run.
# Nothing is started here.
set -eu
cd "$(dirname "$0")/.."

parts() {
	if [ "$1" = cluster ]; then
		cat <<END
containerd containerd
runc runc
/usr/lib/cni/bridge containernetworking-plugins
ip iproute2
mount mount
nsenter util-linux
openssl openssl
END
		return
	fi
	cat <<END
gcc gcc
dbus-run-session dbus
gnome-keyring-daemon gnome-keyring
secret-tool libsecret-tools
keyctl keyutils
curl curl
openssl openssl
python3 python3
strace strace
podman podman
runc runc
catatonit catatonit
newuidmap uidmap
END
}

wanted=${1:-tests}
missing=
# Debian's daemons live in sbin, which not every user has in PATH.
for part in $(parts "$wanted" | tr ' ' =); do
	if ! PATH=$PATH:/usr/sbin:/sbin command -v "${part%=*}" >/dev/null 2>&1; then
		missing="$missing ${part#*=}"
	fi
done
# An Engine that answers already will do.
if [ "$wanted" = tests ] && ! ./hack/docker-engine.sh --answers && ! PATH=$PATH:/usr/sbin:/sbin command -v dockerd >/dev/null 2>&1; then
	missing="$missing docker.io"
fi
# The race detector links against the C library's headers.
if [ "$wanted" = tests ] && [ ! -e /usr/include/stdlib.h ] && [ "$(uname -s)" = Linux ]; then
	missing="$missing libc6-dev"
fi
[ -n "$missing" ] || exit 0

line="apt-get install -y --no-install-recommends$missing"
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
	echo "install-parts.sh: the tests need these packages (Debian's names):$missing" >&2
	echo "install-parts.sh: run this as root, then again what you ran:" >&2
	echo "    $line" >&2
	exit 1
fi
echo "install-parts.sh: $line"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
# shellcheck disable=SC2086 # one package a word
apt-get install -y -qq --no-install-recommends $missing
