package mask

import "strings"

// telling reports whether text has what a secret has and ordinary words have
// not: a run of letters and digits of at least 8 with both of them, or of at
// least 16 with three capitals and three small letters. Everything else is of
// low information: `apiVersion: v1`, a border line, a bracket.
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

// sentence reports whether a line has words enough to be one of its own: at least
// 24 bytes and four words, and no border.
func sentence(line string) bool {
	return len(line) >= 24 && strings.Count(line, " ") >= 3 && wordly(line[0])
}

// common reports whether a text is so short and plain that harmless text has it
// everywhere: under 8 digits, or under 10 letters of one case, which may have a
// capital in front.
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

// cut returns from how many bytes on text is masked though its end is missing:
// cutAt, after a beginning that many texts have, and all of it where its
// beginning says nothing.
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
