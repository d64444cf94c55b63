// Package suggest finds what a mistyped word was meant to be.
package suggest

import (
	"slices"
	"strings"
)

// Nearest returns the name that word most resembles, and of equals the first; empty if
// that takes more than two letters added, left out or replaced, or more than half of
// them. Letter case, '_' and '-' do not count.
func Nearest(word string, names []string) string {
	best, least := "", 3
	for _, name := range names {
		if d := distance(plain(word), plain(name)); d < least && 2*d <= max(len(word), len(name)) {
			best, least = name, d
		}
	}
	return best
}

// uses are the verbs for words that other programs have for the same use.
var uses = map[string][]string{
	"ps": {"list"}, "ls": {"list"}, "containers": {"list"}, "search": {"list"},
	"inspect": {"status", "show"}, "info": {"status", "show"}, "describe": {"status", "show"},
	"kill": {"stop"}, "down": {"stop"}, "up": {"start"}, "create": {"run", "set"}, "log": {"logs"},
	"why": {"explain"}, "check": {"doctor"}, "diagnose": {"doctor"},
	"read": {"get"}, "cat": {"get"}, "print": {"get"}, "show": {"get"},
	"add": {"set"}, "put": {"set"}, "store": {"set"}, "write": {"set"}, "update": {"set"}, "import": {"set"},
	"remove": {"rm", "delete"}, "del": {"rm", "delete"}, "delete": {"rm"}, "rm": {"delete"}, "unset": {"delete"},
}

// destroying are the verbs after which something is gone.
var destroying = []string{"delete", "reset-keyring", "rm", "uninstall"}

// SameUse returns that of verbs which does what word does in other programs, or nothing.
func SameUse(word string, verbs []string) string {
	for _, use := range uses[word] {
		if slices.Contains(verbs, use) {
			return use
		}
	}
	return ""
}

// Verb returns the nearest of verbs, or nothing. One that destroys something is never a
// guess.
func Verb(word string, verbs []string) string {
	harmless := slices.DeleteFunc(slices.Clone(verbs), func(verb string) bool { return slices.Contains(destroying, verb) })
	return Nearest(word, harmless)
}

// plain is a name without what people write in different ways: provider-type, ProviderType.
func plain(name string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))
}

// distance is Levenshtein's, in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		above := row[0]
		row[0] = i + 1
		for j := range len(b) {
			replaced := above
			if a[i] != b[j] {
				replaced++
			}
			above, row[j+1] = row[j+1], min(replaced, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
