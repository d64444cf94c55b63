package workload

import (
	"bytes"
	"encoding/binary"
	"errors"
	"slices"
	"unicode/utf16"
)

// asUTF8 returns the text of a file as UTF-8, without its byte order mark. UTF-16 is
// recognized by that mark; incomplete characters in it are an error.
func asUTF8(text []byte) ([]byte, error) {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte{0xff, 0xfe}):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte{0xfe, 0xff}):
		order = binary.BigEndian
	default:
		return bytes.TrimPrefix(text, []byte("\ufeff")), nil
	}
	if len(text)%2 != 0 {
		return nil, errors.New("the file begins as UTF-16 and ends inside a character: save it as UTF-8")
	}
	var units []uint16
	for i := 2; i < len(text); i += 2 {
		units = append(units, order.Uint16(text[i:]))
	}
	runes := utf16.Decode(units)
	if !slices.Equal(utf16.Encode(runes), units) {
		return nil, errors.New("the file begins as UTF-16 and is not valid UTF-16: save it as UTF-8")
	}
	return []byte(string(runes)), nil
}
