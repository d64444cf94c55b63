package header

import (
	"bytes"
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/crypto/argon2"

	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
)

// The kinds of slots: who has the text that opens it.
const (
	Keyring  = "keyring"
	Password = "password"
	Recovery = "recovery"
)

// The key derivation functions.
const (
	HKDF     = "HKDF-SHA256"
	Argon2id = "argon2id"
)

const (
	saltSize = 16
	wrapSize = seal.KeySize + seal.TagSize
	hkdfInfo = "thv-secret-store slot"
)

// ErrNoSlot says: no slot opens for this text.
var ErrNoSlot = errors.New("no key slot opens")

// Slot wraps the data key for one text.
type Slot struct {
	Kind string `json:"kind"`
	KDF  string `json:"kdf"`
	Cost
	Salt  []byte `json:"salt"`
	Nonce []byte `json:"nonce"`
	// Key is the data key, sealed, with its tag.
	Key []byte `json:"key"`

	// raw is the slot as it was read, so that what this program does not know
	// in it is kept.
	raw json.RawMessage
}

// Cost are Argon2id's parameters; all are zero for HKDF.
type Cost struct {
	// Memory is in KiB.
	Memory  uint32 `json:"memory,omitempty"`
	Time    uint32 `json:"time,omitempty"`
	Threads uint8  `json:"threads,omitempty"`
}

// DefaultCost is for passwords that a person types: some tenths of a second.
var DefaultCost = Cost{Memory: 64 << 10, Time: 3, Threads: 4}

// maxCost and the number of slots that are tried bound what a header may ask
// for, so that a hostile file cannot eat the machine.
var maxCost = Cost{Memory: 256 << 10, Time: 8, Threads: 16}

// maxOf is how many slots of a kind a store has. Keyrings that come back with an
// older text are to open the store, so some of their slots are kept.
func maxOf(kind string) int {
	switch kind {
	case Keyring:
		return 8
	case Password:
		return 4
	}
	return MaxRecovery
}

// Recoveries is how many recovery slots h has.
func (h *Header) Recoveries() int { return h.count(Recovery) }

// NewSlot returns a slot of h's store that opens for text. Password slots take
// cost, which must be within bounds; the others ignore it.
func (h *Header) NewSlot(kind string, text, dataKey []byte, cost Cost) Slot {
	s := Slot{Kind: kind, KDF: HKDF, Salt: make([]byte, saltSize)}
	if kind == Password {
		s.KDF, s.Cost = Argon2id, cost
	}
	// rand.Read never returns an error; it ends the program instead.
	_, _ = rand.Read(s.Salt)
	sealed := seal.Seal(nil, s.derive(text), h.bind(kind), dataKey)
	s.Nonce, s.Key = sealed[:seal.NonceSize], sealed[seal.NonceSize:]
	return s
}

// Add appends slots. Where there are too many of a kind then, the oldest go, but
// never spared.
func (h *Header) Add(spared Slot, slots ...Slot) {
	for _, added := range slots {
		h.Slots = append(slices.Clip(h.Slots), added)
		for h.count(added.Kind) > maxOf(added.Kind) || len(h.Slots) > MaxSlots {
			i := slices.IndexFunc(h.Slots, func(s Slot) bool { return s.Kind == added.Kind && !s.Is(spared) })
			if h.Slots[i].Is(added) {
				break // too many of other kinds, which Bytes refuses
			}
			h.Slots = slices.Delete(slices.Clone(h.Slots), i, i+1)
		}
	}
}

// Is reports whether s is the very slot other.
func (s Slot) Is(other Slot) bool {
	return s.Kind == other.Kind && bytes.Equal(s.Salt, other.Salt) && bytes.Equal(s.Key, other.Key)
}

// Holds reports whether slot is one of h's.
func (h *Header) Holds(slot Slot) bool { return slices.ContainsFunc(h.Slots, slot.Is) }

func (h *Header) count(kind string) int { return len(h.Slots) - len(h.Without(kind)) }

// Unwrap returns the data key from the first slot of kind that opens for text,
// and that slot. ErrNoSlot: none does. ErrNewer: those there are need what this
// program does not have. ErrDamaged: a slot is malformed, or they ask for too much;
// then nothing is derived. A done context ends it between two slots.
func (h *Header) Unwrap(ctx context.Context, kind string, text []byte) ([]byte, Slot, error) {
	slots, err := h.usable(kind)
	if errors.Is(err, ErrDamaged) {
		return nil, Slot{}, err
	}
	for _, s := range slots {
		if err := ctx.Err(); err != nil {
			return nil, Slot{}, err
		}
		sealed := bytes.Join([][]byte{s.Nonce, s.Key}, nil)
		if key, failed := seal.Open(s.derive(text), sealed, h.bind(kind)); failed == nil {
			return key, s, nil
		}
	}
	return nil, Slot{}, err
}

// usable returns the slots of kind that can be tried, and what to say where none
// of them opens.
func (h *Header) usable(kind string) (slots []Slot, err error) {
	err = ErrNoSlot
	for _, s := range h.Slots {
		if s.Kind != kind {
			continue
		}
		problem := s.check()
		switch {
		case errors.Is(problem, ErrDamaged):
			return nil, problem
		case problem != nil:
			err = problem
		default:
			slots = append(slots, s)
		}
	}
	if kind == Password && len(slots) > maxOf(kind) {
		return nil, fmt.Errorf("%w: it has more than %d password slots", ErrDamaged, maxOf(kind))
	}
	return slots, err
}

// UnmarshalJSON reads a slot, of which it keeps also what it does not know.
func (s *Slot) UnmarshalJSON(text []byte) error {
	var known struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return err
	}
	type plain Slot
	var p plain
	// The fields of a kind that is not known may have other types.
	if err := json.Unmarshal(text, &p); err != nil && ours(known.Kind) {
		return err
	}
	*s = Slot(p)
	s.Kind, s.raw = known.Kind, bytes.Clone(text)
	return nil
}

// MarshalJSON writes the slot as it was read, or a new one.
func (s Slot) MarshalJSON() ([]byte, error) {
	if s.raw != nil {
		return s.raw, nil
	}
	type plain Slot
	return json.Marshal(plain(s))
}

func ours(kind string) bool { return kind == Keyring || kind == Password || kind == Recovery }

// bind returns what a slot is bound to: moved into another store, or to another
// kind, it does not open.
func (h *Header) bind(kind string) []byte {
	return []byte("thv-secret-store slot " + kind + " " + h.ID)
}

func (s *Slot) derive(text []byte) []byte {
	if s.KDF == Argon2id {
		return argon2.IDKey(text, s.Salt, s.Time, s.Memory, s.Threads, seal.KeySize)
	}
	key, err := hkdf.Key(sha256.New, text, s.Salt, hkdfInfo, seal.KeySize)
	if err != nil {
		// Only a key that is too long, or a FIPS mode that forbids all of
		// this, can fail here.
		panic(err)
	}
	return key
}

func (s *Slot) check() error {
	wanted := HKDF
	if s.Kind == Password {
		wanted = Argon2id
	}
	switch {
	case s.KDF != wanted:
		return fmt.Errorf("%w, with the key derivation %.40q in its %s slot", ErrNewer, s.KDF, s.Kind)
	case len(s.Salt) == 0 || len(s.Salt) > 1<<10 || len(s.Nonce) != seal.NonceSize || len(s.Key) != wrapSize:
		return fmt.Errorf("%w: its %s slot is malformed", ErrDamaged, s.Kind)
	case s.KDF == Argon2id && !s.within():
		return fmt.Errorf("%w: its password slot asks for %d KiB, %d passes, %d threads, which is out of bounds",
			ErrDamaged, s.Memory, s.Time, s.Threads)
	}
	return nil
}

func (c Cost) within() bool {
	return c.Time >= 1 && c.Time <= maxCost.Time && c.Threads >= 1 && c.Threads <= maxCost.Threads &&
		c.Memory >= 8*uint32(c.Threads) && c.Memory <= maxCost.Memory
}
