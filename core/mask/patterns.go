package mask

import (
	"encoding/binary"
	"slices"
)

// maxPattern bounds a pattern. It bounds what a Writer holds back and what a
// comparison can cost, and with it the time that hostile text can take.
const maxPattern = 256

// patterns is a compiled set of texts to find. A table over hashes of the first
// four bytes rules nearly every position of a text out; what is left is looked
// up by binary search. The time is linear in the text whatever it is.
type patterns struct {
	sorted []string
	// prefix has for each pattern the longest other one that it begins with,
	// or -1.
	prefix []int32
	// first has for each byte where the patterns that begin with it start.
	first [257]int32
	// table has at a hash bits of its patterns' first bytes, 0 where there are none.
	table [1 << tableBits]uint8
}

const tableBits = 16

func compile(forms []string) *patterns {
	p := &patterns{}
	for _, form := range forms {
		p.sorted = appendPieces(p.sorted, form)
	}
	slices.Sort(p.sorted)
	p.sorted = slices.Compact(p.sorted)
	p.prefix = make([]int32, len(p.sorted))
	for i, pattern := range p.sorted {
		p.prefix[i] = p.longestPrefix(int32(i)-1, []byte(pattern))
		p.first[int(pattern[0])+1] = int32(i) + 1
		p.table[hash(binary.LittleEndian.Uint32([]byte(pattern[:MinLen])))] |= bit(pattern[0])
	}
	for b := range 256 {
		p.first[b+1] = max(p.first[b+1], p.first[b])
	}
	return p
}

// appendPieces appends form, cut into pieces of at most maxPattern that overlap
// so that a whole occurrence is one region.
func appendPieces(pieces []string, form string) []string {
	if len(form) < MinLen {
		return pieces
	}
	for i := 0; i+maxPattern < len(form); i += maxPattern - 1 {
		pieces = append(pieces, form[i:i+maxPattern])
	}
	return append(pieces, form[max(0, len(form)-maxPattern):])
}

func hash(window uint32) uint32 { return window * 0x9E3779B1 >> (32 - tableBits) }

func bit(first byte) uint8 { return 1 << (first & 7) }

// candidate returns the first position from i on where an occurrence may begin,
// len(text) if there is none.
func (p *patterns) candidate(text []byte, i int) int {
	for ; i+8 <= len(text); i += 4 {
		x := binary.LittleEndian.Uint64(text[i:])
		t0, t1 := p.table[hash(uint32(x))], p.table[hash(uint32(x>>8))]
		t2, t3 := p.table[hash(uint32(x>>16))], p.table[hash(uint32(x>>24))]
		if t0|t1|t2|t3 == 0 {
			continue
		}
		for j, t := range [...]uint8{t0, t1, t2, t3} {
			if t&bit(text[i+j]) != 0 {
				return i + j
			}
		}
	}
	for ; i < len(text); i++ {
		if p.first[text[i]] < p.first[int(text[i])+1] {
			return i
		}
	}
	return len(text)
}

// match returns the length of the longest pattern that text begins with, 0 if
// there is none, and whether text is the beginning of a longer one.
func (p *patterns) match(text []byte) (length int, open bool) {
	low, end := p.first[text[0]], p.first[int(text[0])+1]
	high := end
	for low < high { // find the first pattern that sorts after text
		middle := low + (high-low)/2
		if p.sorted[middle] > string(text) {
			high = middle
		} else {
			low = middle + 1
		}
	}
	open = low < end && len(p.sorted[low]) > len(text) && p.sorted[low][:len(text)] == string(text)
	// A pattern that text begins with sorts before text, and whatever sorts
	// between the two begins with that pattern too.
	if i := p.longestPrefix(low-1, text); i >= 0 {
		length = len(p.sorted[i])
	}
	return length, open
}

// longestPrefix returns the first of pattern i, the longest that i begins with,
// and so on, that text begins with, or -1.
func (p *patterns) longestPrefix(i int32, text []byte) int32 {
	for i >= 0 && !begins(text, p.sorted[i]) {
		i = p.prefix[i]
	}
	return i
}

func begins(text []byte, pattern string) bool {
	return len(text) >= len(pattern) && string(text[:len(pattern)]) == pattern
}
