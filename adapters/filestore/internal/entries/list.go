// Package entries implements the payload of a format 2 store: a list of secrets, sorted by
// name, that can be searched and changed without decoding all of it.
package entries

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"errors"
	"iter"
	"slices"
)

// ErrMalformed means that the bytes are not a valid list.
var ErrMalformed = errors.New("the list of secrets does not parse")

// List is a sequence of entries in ascending order of the bytes of their names, with each
// name once. The zero List is empty. An entry is
//
//	3 × uint32  lengths of name, value and description
//	2 × int64   created and updated, in nanoseconds since 1970, 0 for unknown
//	            name, value, description
//
// with integers in big-endian order.
type List []byte

// Entry is one secret. Its slices are parts of the List that it comes from.
type Entry struct {
	Name, Value, Description []byte
	// Created and Updated are nanoseconds since 1970; 0 if unknown.
	Created, Updated int64
}

// Span is the range of an entry in a [List], or the empty range at which a missing entry
// has to be inserted.
type Span struct {
	Start, End int
	// Entry is the zero Entry if Found is false.
	Entry Entry
	Found bool
}

const prefixSize = 3*4 + 2*8

// Find returns the span of name. It does not check the list beyond that span. Its only error
// is [ErrMalformed].
func (l List) Find(name string) (Span, error) {
	wanted := []byte(name)
	for at := 0; at < len(l); {
		rest := l[at:]
		// Only the sizes and names of earlier entries are read.
		nameSize, size := rest.measure()
		if size == 0 {
			return Span{}, ErrMalformed
		}
		order := bytes.Compare(rest[prefixSize:prefixSize+nameSize], wanted)
		if order == 0 {
			e, next, err := l.entry(at)
			return Span{Start: at, End: next, Entry: e, Found: true}, err
		}
		if order > 0 {
			return Span{Start: at, End: at}, nil
		}
		at += size
	}
	return Span{Start: len(l), End: len(l)}, nil
}

// All yields the entries in order. Its only error is [ErrMalformed], with the zero Entry,
// after which it yields nothing more.
func (l List) All() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		var last []byte
		for at := 0; at < len(l); {
			e, next, err := l.entry(at)
			if err == nil && at > 0 && string(e.Name) <= string(last) {
				err = ErrMalformed
			}
			if err != nil {
				yield(Entry{}, err)
				return
			}
			if !yield(e, nil) {
				return
			}
			at, last = next, e.Name
		}
	}
}

// Check returns [ErrMalformed] if l is not a valid list.
func (l List) Check() error {
	for _, err := range l.All() {
		if err != nil {
			return err
		}
	}
	return nil
}

// Encode returns the bytes of one entry. Each field must be shorter than 4 GiB.
func Encode(e Entry) []byte {
	size := prefixSize + len(e.Name) + len(e.Value) + len(e.Description)
	return appendEntry(make([]byte, 0, size), e)
}

// Join sorts all and returns their list. Their names must be distinct.
func Join(all []Entry) List {
	slices.SortFunc(all, func(a, b Entry) int { return cmp.Compare(string(a.Name), string(b.Name)) })
	size := 0
	for _, e := range all {
		size += prefixSize + len(e.Name) + len(e.Value) + len(e.Description)
	}
	list := make([]byte, 0, size)
	for _, e := range all {
		list = appendEntry(list, e)
	}
	return list
}

func appendEntry(to []byte, e Entry) []byte {
	for _, field := range [][]byte{e.Name, e.Value, e.Description} {
		to = binary.BigEndian.AppendUint32(to, uint32(len(field))) // bounded by the caller
	}
	to = binary.BigEndian.AppendUint64(to, uint64(e.Created)) // two's complement is the format
	to = binary.BigEndian.AppendUint64(to, uint64(e.Updated)) // two's complement is the format
	return append(append(append(to, e.Name...), e.Value...), e.Description...)
}

// measure returns the sizes of the first entry's name and of the whole entry, or 0 and 0 if
// l does not begin with an entry.
func (l List) measure() (name, size int) {
	if len(l) < prefixSize {
		return 0, 0
	}
	nameSize := uint64(binary.BigEndian.Uint32(l))
	// Three 32-bit lengths cannot overflow 64 bits.
	all := prefixSize + nameSize + uint64(binary.BigEndian.Uint32(l[4:])) + uint64(binary.BigEndian.Uint32(l[8:]))
	if all > uint64(len(l)) {
		return 0, 0
	}
	return int(nameSize), int(all) // no larger than the list
}

func (l List) entry(at int) (e Entry, next int, err error) {
	rest := l[at:]
	name, size := rest.measure()
	if size == 0 {
		return Entry{}, 0, ErrMalformed
	}
	value := int(binary.BigEndian.Uint32(rest[4:]))
	fields := rest[prefixSize:size]
	return Entry{
		Name:        fields[:name:name],
		Value:       fields[name : name+value : name+value],
		Description: fields[name+value:],
		Created:     int64(binary.BigEndian.Uint64(rest[12:])), // two's complement is the format
		Updated:     int64(binary.BigEndian.Uint64(rest[20:])), // two's complement is the format
	}, at + size, nil
}
