package settings

import "strings"

// nearest returns the name that key most resembles, empty if that takes more than two
// letters added, left out or replaced, or more than half of them.
func nearest(key string, names []string) string {
	best, least := "", 3
	for _, name := range names {
		if d := distance(plain(key), plain(name)); d < least && 2*d <= max(len(key), len(name)) {
			best, least = name, d
		}
	}
	return best
}

// plain is a key without what people write in different ways: provider-type, ProviderType.
func plain(key string) string {
	return strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(key))
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
