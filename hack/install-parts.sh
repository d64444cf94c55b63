#!/bin/sh
# install-parts.sh: see that the real parts that tests run against are
# installed. Where they are not, install them (as root on Debian or Ubuntu), or
# stop with the line to run. Nothing is started here.
set -eu
cd "$(dirname "$0")/.."

missing=
while read -r command package; do
	# Debian's daemons live in sbin, which not every user has in PATH.
	if ! PATH=$PATH:/usr/sbin:/sbin command -v "$command" >/dev/null 2>&1; then
		missing="$missing $package"
	fi
done <<END
gcc gcc
dbus-run-session dbus
gnome-keyring-daemon gnome-keyring
secret-tool libsecret-tools
keyctl keyutils
curl curl
openssl openssl
strace strace
END
# An Engine that answers already will do.
if ! ./hack/docker-engine.sh --answers && ! PATH=$PATH:/usr/sbin:/sbin command -v dockerd >/dev/null 2>&1; then
	missing="$missing docker.io"
fi
# The race detector links against the C library's headers.
if [ ! -e /usr/include/stdlib.h ] && [ "$(uname -s)" = Linux ]; then
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
