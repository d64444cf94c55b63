#!/bin/sh
# example.sh DIRECTORY: a provider whose secrets are the files in DIRECTORY. It only
# reads, and answers one request after the other. NAME and SCHEME://NAME are the same
# file.
directory=$1

# field NAME: a text of the request, empty if it is absent. Escapes are kept, so that
# no text inside another one looks like a field: there is a backslash before it.
field() { printf '%s\n' "$line" | sed -n 's/.*"'"$1"'": *"\([^"]*\)".*/\1/p'; }

fail() { printf '{"id":%s,"error":{"class":"%s","message":"%s"}}\n' "$id" "$1" "$2"; }

hello() {
	versions=$(printf '%s\n' "$line" | sed -n 's/.*"versions": *\[\([0-9, ]*\)\].*/\1/p' | tr -d ' ')
	case ",$versions," in
	*,1,*) ;;
	*) fail unsupported 'this program speaks version 1' && exit 1 ;;
	esac
	scheme=$(field scheme)
	printf '{"id":%s,"version":1,"name":"example.sh","capabilities":["check"]}\n' "$id"
}

get() {
	ref=$(field ref) problem=not-found
	case $ref in
	"$scheme"://*) name=${ref#*://} problem=invalid-ref ;;
	*://*) fail invalid-ref "a reference is $scheme://NAME" && return ;;
	*) name=$ref ;;
	esac
	case $name in
	'' | .* | */* | *\\*) fail "$problem" 'a name has no slash, backslash or quote, and does not begin with a dot' && return ;;
	esac
	if [ ! -d "$directory" ]; then
		fail unavailable 'the directory does not exist'
	elif [ ! -e "$directory/$name" ]; then
		fail not-found 'the directory has no such file'
	elif [ ! -r "$directory/$name" ]; then
		fail denied 'the file may not be read'
	elif value=$(base64 <"$directory/$name"); then
		printf '{"id":%s,"value":"%s"}\n' "$id" "$(printf %s "$value" | tr -d '\n')"
	else
		fail unavailable 'the file cannot be read'
	fi
}

check() {
	if [ -d "$directory" ]; then printf '{"id":%s}\n' "$id"; else fail unavailable 'the directory does not exist'; fi
}

while IFS= read -r line; do
	id=$(printf '%s\n' "$line" | sed -n 's/.*"id": *\([0-9][0-9]*\).*/\1/p')
	case $(field op) in
	hello) hello ;;
	get) get ;;
	check) check ;;
	*) fail unsupported 'this program reads' ;;
	esac
done
