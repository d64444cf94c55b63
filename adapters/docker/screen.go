package docker

import (
	"encoding/json"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	maxWords   = 1 << 10 // of an Engine's message that are repeated
	windowSize = 8       // a part of a secret of this many bytes is telling
	minPlain   = 4       // shorter plain values, like 1 or yes, are everywhere
)

const withheld = "(its message is withheld: it repeats a part of the environment)"

// screen lets an Engine's message through only where it repeats nothing of an
// environment: no secret, no part of one of windowSize bytes, and no plain
// value. It lives as long as the call that has the environment.
type screen struct{ environment workload.Environment }

// text returns err's words in one line, or that they are withheld.
func (s screen) text(err error) string {
	words := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	// Judged before it is shortened or cleaned, which could break up a value.
	if len(words) > 64*maxWords || s.repeats(words) {
		return withheld
	}
	return printable.Line(words, maxWords)
}

func (s screen) repeats(words string) bool {
	for _, entry := range s.environment.Strings() {
		_, value, _ := strings.Cut(entry, "=")
		if len(value) >= minPlain && (strings.Contains(words, value) || strings.Contains(words, escaped(value))) {
			return true
		}
	}
	var windows map[string]struct{}
	for _, value := range s.environment.Secrets() {
		plain := string(value.Bytes())
		if plain == "" {
			continue
		}
		if strings.Contains(words, plain) {
			return true
		}
		if windows == nil {
			windows = windowsOf(words)
		}
		for i := 0; i+windowSize <= len(plain); i++ {
			if _, found := windows[plain[i:i+windowSize]]; found {
				return true
			}
		}
	}
	return false
}

func windowsOf(words string) map[string]struct{} {
	windows := make(map[string]struct{}, len(words))
	for i := 0; i+windowSize <= len(words); i++ {
		windows[words[i:i+windowSize]] = struct{}{}
	}
	return windows
}

// escaped returns value as it stands within a JSON or a Go string.
func escaped(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return value
	}
	return string(quoted[1 : len(quoted)-1])
}
