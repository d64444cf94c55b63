package protocol

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// fields are the names of all fields of all messages.
var fields = []string{
	"id", "op", "timeout_ms", "versions", "scheme", "ref", "refs", "value",
	"version", "name", "capabilities", "cached", "results", "items", "more", "error",
	"class", "message", "retry_after_ms", "description", "created", "updated",
}

// exact changes, in place, each field name in line that differs only in case from a name
// in fields, since encoding/json would accept it as that field. Invalid JSON stays
// invalid.
func exact(line []byte) {
	for {
		begin := bytes.IndexByte(line, '"')
		if begin < 0 {
			return
		}
		end := textEnd(line[begin:])
		if end < 0 {
			return
		}
		text, rest := line[begin:begin+end], line[begin+end:]
		if named := bytes.TrimLeft(rest, " \t\r"); len(named) > 0 && named[0] == ':' && mistaken(text) {
			text[1] = '_' // no field begins so
		}
		line = rest
	}
}

// textEnd returns the end of the JSON string at the beginning of line, including its
// quotes, or -1.
func textEnd(line []byte) int {
	for i := 1; i < len(line); i++ {
		next := bytes.IndexAny(line[i:], `"\`)
		if next < 0 {
			return -1
		}
		if i += next; line[i] == '"' {
			return i + 1
		}
		i++ // what is escaped
	}
	return -1
}

// mistaken reports whether text, a quoted string, is a field's name in another case.
func mistaken(text []byte) bool {
	name := string(text[1 : len(text)-1])
	if strings.Contains(name, `\`) && json.Unmarshal(text, &name) != nil {
		return false
	}
	return !slices.Contains(fields, name) && slices.ContainsFunc(fields, func(field string) bool {
		return strings.EqualFold(field, name)
	})
}
