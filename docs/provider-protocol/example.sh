#!/bin/sh
# example.sh FOLDER: a provider whose secrets are the files in FOLDER. It reads,
# and answers one request after the other. NAME and SCHEME://NAME are one file.
folder=$1

# field NAME: a text of the request, empty where it is absent. Escapes stay, and
# so no text inside of another one looks like a field: a backslash is in its way.
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
	'' | .* | */* | *\\*) fail "$problem" 'a name has no slash, no backslash, no quote and no dot at first' && return ;;
	esac
	if [ ! -d "$folder" ]; then
		fail unavailable 'the folder is not there'
	elif [ ! -e "$folder/$name" ]; then
		fail not-found 'the folder has no such file'
	elif [ ! -r "$folder/$name" ]; then
		fail denied 'the file may not be read'
	elif value=$(base64 <"$folder/$name"); then
		printf '{"id":%s,"value":"%s"}\n' "$id" "$(printf %s "$value" | tr -d '\n')"
	else
		fail unavailable 'the file cannot be read'
	fi
}

check() {
	if [ -d "$folder" ]; then printf '{"id":%s}\n' "$id"; else fail unavailable 'the folder is not there'; fi
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
