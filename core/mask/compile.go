package mask

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// patterns is a compiled set of patterns. A table of bits over hashes of four
// bytes rules nearly every position of a text out; what is left is looked up
// among the patterns' beginnings, and compared.
type patterns struct {
	list []pattern
	// starts are the beginnings, sorted: a window in the upper half, the number
	// of its pattern in the lower.
	starts []uint64
	// next is the only letter or digit that can follow a start, 0 if others can.
	next []byte
	// index has at a hash where in starts a window's begin, plus one; the next
	// slots are for those of the same hash.
	index []int32
	// first has for each byte where the starts that begin with it are.
	first [257]int32
	// table has at a hash bits of the windows of that hash, 0 where there are none.
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

// swap is the window that a little-endian load of the same bytes gives.
func swap(window uint32) uint32 {
	var bytes [4]byte
	binary.BigEndian.PutUint32(bytes[:], window)
	return binary.LittleEndian.Uint32(bytes[:])
}

func hash(window uint32) uint32 { return window * 0x9E3779B1 >> (32 - tableBits) }

// slot is where in the index the search for a window begins.
func (p *patterns) slot(window uint32) uint32 {
	return uint32(uint64(window*0x9E3779B1) * uint64(len(p.index)) >> 32)
}

// bit is one of eight, by what hash leaves.
func bit(window uint32) uint8 { return 1 << (window * 0x9E3779B1 >> (29 - tableBits) & 7) }

// candidate returns the first position from i on at which an occurrence may begin,
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

// match returns the length of the longest occurrence that text begins with, 0 if
// there is none, and whether more text may make one or a longer one. before is
// the byte before it; final says that nothing follows.
func (p *patterns) match(text []byte, before byte, final bool) (length int, open bool) {
	var next byte // the fifth, if it is what it looks like
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

// beginning returns the range of the starts that text begins with, or is the
// beginning of.
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
