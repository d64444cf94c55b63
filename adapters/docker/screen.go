package docker

import (
	"encoding/json"
	"strings"

	"github.com/thv-secrets/thv/core/printable"
	"github.com/thv-secrets/thv/core/workload"
)

const (
	maxWords   = 1 << 10 // the maximum length of an Engine's message
	windowSize = 8       // the length of a part of a secret that reveals it
	minPlain   = 4       // shorter plain values, such as 1 or yes, are too common
)

const withheld = "(its message is withheld: it repeats a part of the environment)"

// screen withholds an Engine's message that repeats a value of an environment: a secret, a part
// of windowSize bytes of one, or a plain value. It must not outlive the call that has the
// environment.
type screen struct{ environment workload.Environment }

// text returns err's message as one line, or that it is withheld.
func (s screen) text(err error) string {
	words := strings.TrimPrefix(err.Error(), "Error response from daemon: ")
	// Checked before it is shortened and escaped, which could split a value.
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
			windows = substrings(words)
		}
		for i := 0; i+windowSize <= len(plain); i++ {
			if _, found := windows[plain[i:i+windowSize]]; found {
				return true
			}
		}
	}
	return false
}

// substrings returns the substrings of words with the length windowSize.
func substrings(words string) map[string]struct{} {
	windows := make(map[string]struct{}, len(words))
	for i := 0; i+windowSize <= len(words); i++ {
		windows[words[i:i+windowSize]] = struct{}{}
	}
	return windows
}

// escaped returns value with the escapes of a JSON or Go string.
func escaped(value string) string {
	quoted, err := json.Marshal(value)
	if err != nil {
		return value
	}
	return string(quoted[1 : len(quoted)-1])
}
