#!/bin/sh
# Runs COMMAND in a private D-Bus session with a throw-away gnome-keyring.
#
#   hack/secret-service.sh [--locked | --no-service] COMMAND [ARGS…]
#
# HOME, XDG_RUNTIME_DIR and the bus are new and removed at the end; Go's caches stay where they are, so
# that COMMAND may be `go test`. It finds in THV_TEST_SECRET_SERVICE what it has been given:
#   unlocked    an unlocked "login" collection
#   locked      the same, locked, with a prompter that never answers
#   no-service  a bus with nothing on it that keeps secrets
# Needs dbus-run-session, dbus-send and gnome-keyring-daemon (Debian: dbus, gnome-keyring).
set -eu

fail() { echo "secret-service.sh: $1" >&2; exit 1; }

# The outer part creates the private directories and the bus, and runs this file again inside.
outside() {
	mode=unlocked
	case "${1-}" in
	--locked) mode=locked; shift ;;
	--no-service) mode=no-service; shift ;;
	esac
	[ $# -gt 0 ] || fail "what is to be run?"
	dir=$(mktemp -d "${TMPDIR:-/tmp}/thv-ss.XXXXXX")
	trap 'kill "$(cat "$dir/prompter" 2>/dev/null)" 2>/dev/null || true; rm -rf "$dir"' EXIT
	mkdir -m 700 "$dir/home" "$dir/run" "$dir/services"
	[ "$mode" = locked ] && prompter "$dir" >"$dir/services/prompter.service"
	bus "$dir" >"$dir/bus.conf"

	export GOPATH="${GOPATH:-$HOME/go}" GOENV="${GOENV:-${XDG_CONFIG_HOME:-$HOME/.config}/go/env}"
	export GOCACHE="${GOCACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/go-build}"
	export HOME="$dir/home" XDG_RUNTIME_DIR="$dir/run" THV_TEST_SECRET_SERVICE="$mode"
	unset XDG_DATA_HOME XDG_CONFIG_HOME XDG_CACHE_HOME XDG_STATE_HOME DISPLAY WAYLAND_DISPLAY
	status=0
	dbus-run-session --config-file="$dir/bus.conf" -- "$0" --inside "$@" || status=$?
	exit "$status"
}

# Only services in the directory of this bus can be activated on it.
bus() {
	cat <<-END
		<busconfig>
		  <type>session</type><keep_umask/><listen>unix:path=$1/run/bus</listen><auth>EXTERNAL</auth>
		  <servicedir>$1/services</servicedir>
		  <policy context="default">
		    <allow send_destination="*"/><allow receive_sender="*"/><allow own="*"/>
		  </policy>
		</busconfig>
	END
}

# It is started and never takes its name, so the bus waits for it and so does everybody else.
prompter() {
	cat <<-END
		[D-BUS Service]
		Name=org.gnome.keyring.SystemPrompter
		Exec=/bin/sh -c "echo \$\$ >$1/prompter; exec sleep 60 >/dev/null 2>&1"
	END
}

# The inner part starts the daemon, waits until it answers, and runs the command.
inside() {
	[ "$THV_TEST_SECRET_SERVICE" = no-service ] && exec "$@"
	printf throw-away | gnome-keyring-daemon --foreground --unlock --components=secrets >"$HOME/daemon.log" 2>&1 &
	daemon=$!
	trap 'kill "$daemon" 2>/dev/null && wait "$daemon" || true' EXIT
	tries=0
	until service Service.ReadAlias string:default 2>/dev/null | grep -q collection/login; do
		tries=$((tries + 1))
		[ "$tries" -lt 200 ] || fail "gnome-keyring did not start: $(cat "$HOME/daemon.log")"
		sleep 0.05
	done
	if [ "$THV_TEST_SECRET_SERVICE" = locked ]; then
		service Service.Lock array:objpath:/org/freedesktop/secrets/collection/login >/dev/null
	fi
	status=0
	"$@" || status=$?
	exit "$status"
}

service() {
	method=$1; shift
	dbus-send --session --print-reply --reply-timeout=5000 --dest=org.freedesktop.secrets \
		/org/freedesktop/secrets "org.freedesktop.Secret.$method" "$@"
}

if [ "${1-}" = --inside ]; then shift; inside "$@"; else outside "$@"; fi
