package mask

import "strings"

// telling reports whether text looks like a secret and not like ordinary words: it has a run
// of at least 8 letters and digits with both of them, or of at least 16 with three upper-case
// and three lower-case letters. Everything else has little information: `apiVersion: v1`, a
// border line, a bracket.
func telling(text string) bool {
	var run, digits, capitals, small int
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
			capitals++
		case c >= 'a' && c <= 'z':
			small++
		default:
			run, digits, capitals, small = 0, 0, 0, 0
			continue
		}
		run++
		if run >= 8 && digits > 0 && capitals+small > 0 || run >= 16 && capitals >= 3 && small >= 3 {
			return true
		}
	}
	return false
}

// sentence reports whether a line has enough words to be distinctive: at least 24 bytes and
// four words, and is not a border.
func sentence(line string) bool {
	return len(line) >= 24 && strings.Count(line, " ") >= 3 && wordly(line[0])
}

// common reports whether text is so short and plain that it occurs in harmless text: fewer
// than 8 digits, or fewer than 10 letters of one case, except that the first may be upper
// case.
func common(text string) bool {
	if len(text) >= 10 {
		return false
	}
	if strings.Trim(text, "0123456789") == "" {
		return len(text) < 8
	}
	if strings.Trim(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == "" {
		return true
	}
	return strings.Trim(text[1:], "abcdefghijklmnopqrstuvwxyz") == "" && alphanumeric(text[0]) && text[0] > '9'
}

// cut returns the number of bytes of text that are masked without the rest: cutAt, counted
// after a common prefix, or all of text if its beginning has little information.
func cut(text string, structured bool) int {
	if structured {
		return len(text)
	}
	i := strings.Index(text, "://")
	if i < 0 || i > 20 {
		return min(len(text), cutAt)
	}
	head := i + len("://")
	end := strings.IndexAny(text[head:], "/?#")
	if end < 0 {
		end = len(text) - head
	}
	if at := strings.LastIndexByte(text, '@'); at > head {
		end = strings.IndexByte(text[head:at], ':') + 1
	}
	return min(len(text), head+end+cutAt)
}
