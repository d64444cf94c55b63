//go:build !windows

package terminal

import (
	"bytes"
	"io"
	"unicode/utf8"
)

// The keys that edit a line.
const (
	ctrlD     = 0x04
	backspace = 0x08
	ctrlU     = 0x15
	ctrlW     = 0x17
	del       = 0x7f
)

// editLine reads a line of keys, which a terminal passes on one by one and
// without its own limits. What follows the line is left unread, and of one that
// is too long all is read, lest it is taken for commands later. Ctrl-D on an
// empty line is io.EOF.
func editLine(keys io.Reader) ([]byte, error) {
	var line []byte
	key := make([]byte, 1)
	long := false
	for {
		if n, err := keys.Read(key); n == 0 {
			if err == nil {
				err = io.EOF // a terminal that has been hung up
			}
			return nil, err
		}
		switch key[0] {
		case '\r', '\n':
			if long {
				return nil, lineTooLong()
			}
			return line, nil
		case ctrlD:
			if len(line) == 0 {
				return nil, io.EOF
			}
		case backspace, del:
			_, last := utf8.DecodeLastRune(line)
			line = line[:len(line)-last]
		case ctrlU:
			line, long = line[:0], false
		case ctrlW:
			line = bytes.TrimRight(line, " ")
			line = line[:bytes.LastIndexByte(line, ' ')+1]
		default:
			if long = long || len(line) == maxLine; !long {
				line = append(line, key[0])
			}
		}
	}
}
