// Package header implements the readable part of a format 2 store: a line that identifies
// the file, and a line of JSON with the parameters to open it, including the key slots,
// each of which wraps the key of the secrets.
package header

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Magic begins every store of format 2 and later.
const Magic = "thv-secret-store"

// Cipher is the only cipher of format 2.
const Cipher = "AES-256-GCM"

// The limits of a header. MaxSize is the size of both lines in bytes. MaxRecovery is the
// maximum number of recovery slots that thv adds.
const (
	MaxRecovery = 4
	MaxSize     = 64 << 10
	MaxSlots    = 16
)

const (
	firstLine = Magic + " 2 "
	firstSize = len(firstLine) + 2*sha256.Size + 1
	idSize    = 8
)

// The errors of a header that cannot be read.
var (
	// ErrDamaged: the header was changed or damaged.
	ErrDamaged = errors.New("the header is damaged")
	// ErrNewer: a later version wrote the header. The error names what it requires.
	ErrNewer = errors.New("made by a newer version")
)

// Header is the content of the second line.
type Header struct {
	Cipher string `json:"cipher"`
	// ID has 16 hexadecimal digits that identify the store.
	ID string `json:"id"`
	// Generation is the number of writes since the store was created.
	Generation uint64 `json:"generation"`
	Slots      []Slot `json:"slots"`
}

// New returns the header of a new store, without slots.
func New() *Header {
	id := make([]byte, idSize)
	// rand.Read never returns an error; it crashes the process instead.
	_, _ = rand.Read(id)
	return &Header{Cipher: Cipher, ID: hex.EncodeToString(id)}
}

// Recognised reports whether file begins with a header, possibly a damaged one. Half of the
// magic is enough: a format 1 store, which begins with random bytes, has that by chance once
// in 2^50 writes.
func Recognised(file []byte) bool {
	if len(file) < len(Magic) {
		return len(file) > 0 && strings.HasPrefix(Magic, string(file))
	}
	same := 0
	for i := range Magic {
		if file[i] == Magic[i] {
			same++
		}
	}
	return same >= len(Magic)/2
}

// Parse parses the header at the beginning of file and returns it with its size in bytes.
// Its errors are [ErrDamaged] and [ErrNewer]. The header is authenticated only when the
// secrets are opened with it as associated data.
func Parse(file []byte) (*Header, int, error) {
	if err := checkVersion(file); err != nil {
		return nil, 0, err
	}
	if len(file) < firstSize || file[firstSize-1] != '\n' {
		return nil, 0, fmt.Errorf("%w: its first line is cut off", ErrDamaged)
	}
	rest := file[firstSize:min(len(file), MaxSize)]
	end := bytes.IndexByte(rest, '\n')
	if end < 0 {
		return nil, 0, fmt.Errorf("%w: its second line is cut off", ErrDamaged)
	}
	line := rest[:end+1]
	if checksum(line) != string(file[len(firstLine):firstSize-1]) {
		return nil, 0, fmt.Errorf("%w: its checksum is another", ErrDamaged)
	}
	var h Header
	if err := json.Unmarshal(line, &h); err != nil {
		return nil, 0, fmt.Errorf("%w: its second line is no header", ErrDamaged)
	}
	return &h, firstSize + len(line), h.check()
}

// Bytes returns both lines.
func (h *Header) Bytes() ([]byte, error) {
	line, err := json.Marshal(h)
	if err != nil {
		return nil, err
	}
	line = append(line, '\n')
	if firstSize+len(line) > MaxSize || len(h.Slots) > MaxSlots {
		return nil, errors.New("the header has too many key slots")
	}
	return append([]byte(firstLine+checksum(line)+"\n"), line...), nil
}

// Without returns the slots of h except those of kinds.
func (h *Header) Without(kinds ...string) []Slot {
	var kept []Slot
	for _, s := range h.Slots {
		if !slices.Contains(kinds, s.Kind) {
			kept = append(kept, s)
		}
	}
	return kept
}

func (h *Header) check() error {
	if h.Cipher != Cipher {
		return fmt.Errorf("%w, with the cipher %.40q", ErrNewer, h.Cipher)
	}
	id, err := hex.DecodeString(h.ID)
	if err != nil || len(id) != idSize || strings.ToLower(h.ID) != h.ID {
		return fmt.Errorf("%w: its store id is malformed", ErrDamaged)
	}
	if len(h.Slots) > MaxSlots {
		return fmt.Errorf("%w: it has more than %d key slots", ErrDamaged, MaxSlots)
	}
	for _, s := range h.Slots {
		if !validKind(s.Kind) {
			return fmt.Errorf("%w: the kind of a key slot is malformed", ErrDamaged)
		}
	}
	return nil
}

// validKind excludes control characters, which a hostile file could send to a terminal.
func validKind(kind string) bool {
	return len(kind) > 0 && len(kind) <= 32 && strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz0123456789-") == ""
}

func checkVersion(file []byte) error {
	if bytes.HasPrefix(file, []byte(firstLine)) {
		return nil
	}
	rest, ok := bytes.CutPrefix(file, []byte(Magic+" "))
	if !ok {
		return fmt.Errorf("%w: it does not begin with %q", ErrDamaged, Magic)
	}
	version, _, ok := bytes.Cut(rest[:min(len(rest), 10)], []byte(" "))
	if !ok || len(version) == 0 || len(bytes.Trim(version, "0123456789")) > 0 {
		return fmt.Errorf("%w: its version is no number", ErrDamaged)
	}
	return fmt.Errorf("%w, in format %s", ErrNewer, version)
}

func checksum(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}
