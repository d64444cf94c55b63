package mask

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// patterns is a compiled set of patterns. A bit table over hashes of four bytes excludes
// nearly every position of a text; the remaining positions are looked up among the
// beginnings of the patterns, and compared.
type patterns struct {
	list []pattern
	// starts are the beginnings, sorted: a window of four bytes in the upper half, and the
	// index of its pattern in the lower.
	starts []uint64
	// next is the only letter or digit that can follow a start; 0 if several can.
	next []byte
	// index is a hash table of windows: the position in starts of a window's first start,
	// plus one. Windows with the same hash are in the next slots.
	index []int32
	// first has for each byte the position of the starts that begin with it.
	first [257]int32
	// table has for each hash the bits of its windows; 0 if there are none.
	table [1 << tableBits]uint8
}

const tableBits = 18

func compile(list []pattern) *patterns {
	p := &patterns{list: list, starts: make([]uint64, 0, 64*len(list))}
	for i := range list {
		list[i].straight = list[i].straightTo()
		list[i].begin(func(text []byte) {
			p.starts = append(p.starts, uint64(binary.BigEndian.Uint32(text))<<32|uint64(i))
		})
	}
	slices.Sort(p.starts)
	p.starts = slices.Compact(p.starts)
	p.next = make([]byte, len(p.starts))
	for i, s := range p.starts {
		p.next[i] = list[uint32(s)].next(uint32(s >> 32))
	}
	p.index = make([]int32, 1<<bits.Len(uint(4*len(p.starts))))
	for i, s := range p.starts {
		p.first[s>>56+1] = int32(i) + 1
		if i > 0 && p.starts[i-1]>>32 == s>>32 {
			continue
		}
		window := swap(uint32(s >> 32))
		p.table[hash(window)] |= bit(window)
		slot := p.slot(window)
		for p.index[slot] != 0 {
			slot = (slot + 1) % uint32(len(p.index))
		}
		p.index[slot] = int32(i) + 1
	}
	for b := range 256 {
		p.first[b+1] = max(p.first[b+1], p.first[b])
	}
	return p
}

// swap returns window with its bytes in reverse order.
func swap(window uint32) uint32 {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], window)
	return binary.LittleEndian.Uint32(bytes[:])
}

func hash(window uint32) uint32 { return window * 0x9E3779B1 >> (32 - tableBits) }

// slot returns the position in the index at which the search for a window begins.
func (p *patterns) slot(window uint32) uint32 {
	return uint32(uint64(window*0x9E3779B1) * uint64(len(p.index)) >> 32)
}

// bit returns one of eight bits, from the part of the product that hash does not use.
func bit(window uint32) uint8 { return 1 << (window * 0x9E3779B1 >> (29 - tableBits) & 7) }

// candidate returns the first position from i on at which an occurrence may begin, or
// len(text).
func (p *patterns) candidate(text []byte, i int) int {
	for ; i+8 <= len(text); i += 4 {
		x := binary.LittleEndian.Uint64(text[i:])
		t0, t1 := p.table[hash(uint32(x))], p.table[hash(uint32(x>>8))]
		t2, t3 := p.table[hash(uint32(x>>16))], p.table[hash(uint32(x>>24))]
		if t0|t1|t2|t3 == 0 {
			continue
		}
		for j, t := range [...]uint8{t0, t1, t2, t3} {
			if t != 0 && t&bit(uint32(x>>(8*j))) != 0 {
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

// match returns the length of the longest occurrence at the beginning of text, or 0. open
// reports whether more text could complete or extend one. before is the byte before text;
// final is true if no text follows.
func (p *patterns) match(text []byte, before byte, final bool) (length int, open bool) {
	var next byte // the fifth byte, if it is a letter or digit
	if len(text) > MinLen && alphanumeric(text[MinLen]) {
		next = text[MinLen]
	}
	low, high := p.beginning(text)
	for i := low; i < high; i++ {
		if next != 0 && p.next[i] != 0 && next != p.next[i] {
			continue
		}
		pattern := &p.list[uint32(p.starts[i])]
		if pattern.kind == word && !pattern.beside(before, text, len(pattern.want)) {
			continue
		}
		n, more := pattern.walk(text, final)
		length, open = max(length, n), open || more
	}
	return length, open
}

// beginning returns the range of the starts that are a prefix of text, or that have text
// as a prefix.
func (p *patterns) beginning(text []byte) (low, high int) {
	if len(text) >= MinLen {
		return p.windows(binary.BigEndian.Uint32(text))
	}
	var window uint64
	for i, c := range text {
		window |= uint64(c) << (56 - 8*i)
	}
	first, behind := int(p.first[text[0]]), int(p.first[int(text[0])+1])
	low, _ = slices.BinarySearch(p.starts[first:behind], window)
	high, _ = slices.BinarySearch(p.starts[first:behind], window|(1<<(64-8*len(text))-1))
	return first + low, first + high
}

// windows returns the range of the starts of a window.
func (p *patterns) windows(window uint32) (low, high int) {
	for slot := p.slot(swap(window)); p.index[slot] != 0; slot = (slot + 1) % uint32(len(p.index)) {
		low = int(p.index[slot]) - 1
		if uint32(p.starts[low]>>32) != window {
			continue
		}
		for high = low + 1; high < len(p.starts) && uint32(p.starts[high]>>32) == window; {
			high++
		}
		return low, high
	}
	return 0, 0
}
