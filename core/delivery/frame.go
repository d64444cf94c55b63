package delivery

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"strings"
)

const (
	magic        = "thvframe"
	version      = 1
	headerLength = len(magic) + 1 + 4 + 4
	entryLength  = 1 + 4 + 4 + 4
	kindVariable = 1
	kindFile     = 2
	permissions  = 0o777
	// MaxBody is the maximum size of a frame's body, in bytes.
	MaxBody = 32 << 20
)

// The errors of a frame. None of them contains any of its bytes.
var (
	// ErrNothing: the input ended before the first byte.
	ErrNothing = errors.New("no values came")
	// ErrTruncated: the input ended within the frame.
	ErrTruncated = errors.New("the values were cut off")
	// ErrForeign: the first bytes are not the beginning of a frame.
	ErrForeign = errors.New("the input is not a frame of values")
	// ErrVersion: the frame has a version that this package does not support.
	ErrVersion = errors.New("the frame of values has an unsupported version")
	// ErrTooLarge: the body is longer than [MaxBody].
	ErrTooLarge = errors.New("the values are too large")
	// ErrDamaged: the body was changed in transit, or is invalid.
	ErrDamaged = errors.New("the values were damaged in transit")
)

// Frame has the delivered values. They are plaintext and must not be printed.
type Frame struct {
	Variables []Variable
	Files     []File
	body      []byte
}

// Variable is an environment variable. Its name contains no '=', and neither name nor
// value contains a NUL.
type Variable struct {
	Name  string
	Value []byte
}

// File is a file on memory-backed storage. Path is absolute, and Mode has only
// permission bits.
type File struct {
	Path    string
	Mode    uint32
	Content []byte
}

// String returns a constant, and none of the values.
func (Frame) String() string { return "frame of values" }

// GoString returns a constant, and none of the values.
func (Frame) GoString() string { return "frame of values" }

// Encode returns f in the form that [Read] reads, in a new slice. It returns
// [ErrTooLarge] or [ErrDamaged] for a frame that Read would refuse.
func Encode(f Frame) ([]byte, error) {
	size := 0
	for _, v := range f.Variables {
		size += entryLength + len(v.Name) + len(v.Value)
	}
	for _, file := range f.Files {
		size += entryLength + len(file.Path) + len(file.Content)
	}
	if size > MaxBody {
		return nil, ErrTooLarge
	}
	text := make([]byte, headerLength, headerLength+size)
	for _, v := range f.Variables {
		if !v.valid() {
			return nil, ErrDamaged
		}
		text = appendEntry(text, kindVariable, 0, v.Name, v.Value)
	}
	for _, file := range f.Files {
		if !file.valid() {
			return nil, ErrDamaged
		}
		text = appendEntry(text, kindFile, file.Mode, file.Path, file.Content)
	}
	copy(text, magic)
	text[len(magic)] = version
	binary.BigEndian.PutUint32(text[len(magic)+1:], uint32(size))
	binary.BigEndian.PutUint32(text[len(magic)+5:], crc32.ChecksumIEEE(text[headerLength:]))
	return text, nil
}

func appendEntry(text []byte, kind byte, mode uint32, name string, value []byte) []byte {
	text = append(text, kind)
	text = binary.BigEndian.AppendUint32(text, mode)
	text = binary.BigEndian.AppendUint32(text, uint32(len(name)))
	text = binary.BigEndian.AppendUint32(text, uint32(len(value)))
	return append(append(text, name...), value...)
}

// Read reads one frame and no byte beyond it. Its errors are those of this package and
// of r.
func Read(r io.Reader) (Frame, error) {
	header := make([]byte, headerLength)
	n, err := io.ReadFull(r, header)
	switch {
	case errors.Is(err, io.EOF):
		return Frame{}, ErrNothing
	case !strings.HasPrefix(magic, string(header[:min(n, len(magic))])):
		return Frame{}, ErrForeign
	case errors.Is(err, io.ErrUnexpectedEOF):
		return Frame{}, ErrTruncated
	case err != nil:
		return Frame{}, err
	case header[len(magic)] != version:
		return Frame{}, ErrVersion
	}
	size := binary.BigEndian.Uint32(header[len(magic)+1:])
	if size > MaxBody {
		return Frame{}, ErrTooLarge
	}
	f := Frame{body: make([]byte, size)}
	if _, err := io.ReadFull(r, f.body); err != nil {
		f.Wipe()
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = ErrTruncated
		}
		return Frame{}, err
	}
	if crc32.ChecksumIEEE(f.body) != binary.BigEndian.Uint32(header[len(magic)+5:]) || !f.parse() {
		f.Wipe()
		return Frame{}, ErrDamaged
	}
	return f, nil
}

// parse parses the entries of the body, and reports whether they are valid. The entries
// share the memory of the body.
func (f *Frame) parse() bool {
	for rest := f.body; len(rest) > 0; {
		if len(rest) < entryLength {
			return false
		}
		kind, mode := rest[0], binary.BigEndian.Uint32(rest[1:])
		nameLength, length := uint64(binary.BigEndian.Uint32(rest[5:])), uint64(binary.BigEndian.Uint32(rest[9:]))
		rest = rest[entryLength:]
		if nameLength+length > uint64(len(rest)) {
			return false
		}
		end := nameLength + length
		name, value := string(rest[:nameLength]), rest[nameLength:end:end]
		rest = rest[end:]
		variable, file := Variable{Name: name, Value: value}, File{Path: name, Mode: mode, Content: value}
		switch {
		case kind == kindVariable && mode == 0 && variable.valid():
			f.Variables = append(f.Variables, variable)
		case kind == kindFile && file.valid():
			f.Files = append(f.Files, file)
		default:
			return false
		}
	}
	return true
}

// Wipe overwrites the values of a frame that [Read] returned.
func (f *Frame) Wipe() { clear(f.body) }

func (v Variable) valid() bool {
	return v.Name != "" && !strings.ContainsAny(v.Name, "=\x00") && !strings.Contains(string(v.Value), "\x00")
}

func (f File) valid() bool {
	return strings.HasPrefix(f.Path, "/") && !strings.Contains(f.Path, "\x00") && f.Mode&^permissions == 0
}
