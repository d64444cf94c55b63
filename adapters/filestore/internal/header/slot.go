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

// The kinds of slots, by the origin of the text that opens them.
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

// ErrNoSlot means that the text opens no slot.
var ErrNoSlot = errors.New("no key slot opens")

// Slot is the data key, encrypted with a key that is derived from one text.
type Slot struct {
	Kind string `json:"kind"`
	KDF  string `json:"kdf"`
	Cost
	Salt  []byte `json:"salt"`
	Nonce []byte `json:"nonce"`
	// Key is the encrypted data key with its tag.
	Key []byte `json:"key"`

	// raw is the slot as it was read, so that its unknown fields are kept.
	raw json.RawMessage
}

// Cost has the parameters of Argon2id; all are zero for HKDF.
type Cost struct {
	// Memory is in KiB.
	Memory  uint32 `json:"memory,omitempty"`
	Time    uint32 `json:"time,omitempty"`
	Threads uint8  `json:"threads,omitempty"`
}

// DefaultCost is the cost for passwords that users type: some tenths of a second.
var DefaultCost = Cost{Memory: 64 << 10, Time: 3, Threads: 4}

// maxCost limits, together with the number of slots that are tried, the resources that a
// hostile file can consume.
var maxCost = Cost{Memory: 256 << 10, Time: 8, Threads: 16}

// maxOf returns the maximum number of slots of a kind. Several keyring slots are kept, so
// that a keyring that was restored with an older text still opens the store.
func maxOf(kind string) int {
	switch kind {
	case Keyring:
		return 8
	case Password:
		return 4
	}
	return MaxRecovery
}

// Recoveries returns the number of recovery slots of h.
func (h *Header) Recoveries() int { return h.count(Recovery) }

// NewSlot returns a slot for h's store that text opens. Password slots use cost, which must
// be within the limits; other kinds ignore it.
func (h *Header) NewSlot(kind string, text, dataKey []byte, cost Cost) Slot {
	s := Slot{Kind: kind, KDF: HKDF, Salt: make([]byte, saltSize)}
	if kind == Password {
		s.KDF, s.Cost = Argon2id, cost
	}
	// rand.Read never returns an error; it crashes the process instead.
	_, _ = rand.Read(s.Salt)
	sealed := seal.Seal(nil, s.derive(text), h.bind(kind), dataKey)
	s.Nonce, s.Key = sealed[:seal.NonceSize], sealed[seal.NonceSize:]
	return s
}

// Add appends slots. If there are then too many of a kind, it removes the oldest, except
// spared.
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

// Is reports whether s and other are the same slot.
func (s Slot) Is(other Slot) bool {
	return s.Kind == other.Kind && bytes.Equal(s.Salt, other.Salt) && bytes.Equal(s.Key, other.Key)
}

// Holds reports whether slot is one of h's.
func (h *Header) Holds(slot Slot) bool { return slices.ContainsFunc(h.Slots, slot.Is) }

func (h *Header) count(kind string) int { return len(h.Slots) - len(h.Without(kind)) }

// Unwrap returns the data key from the first slot of kind that text opens, and that slot. It
// returns [ErrNoSlot] if text opens none, [ErrNewer] if the slots require a later version,
// and [ErrDamaged] if a slot is malformed or their cost is too high; then no key is derived.
// When ctx is done, it returns before the next slot.
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

// usable returns the slots of kind that can be tried, and the error if none of them opens.
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

// UnmarshalJSON parses a slot, and keeps its unknown fields.
func (s *Slot) UnmarshalJSON(text []byte) error {
	var known struct {
		Kind string `json:"kind"`
	}
	if err := json.Unmarshal(text, &known); err != nil {
		return err
	}
	type plain Slot
	var p plain
	// The fields of an unknown kind may have other types.
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

// bind returns the associated data of a slot, so that it does not open in another store or
// as another kind.
func (h *Header) bind(kind string) []byte {
	return []byte("thv-secret-store slot " + kind + " " + h.ID)
}

func (s *Slot) derive(text []byte) []byte {
	if s.KDF == Argon2id {
		return argon2.IDKey(text, s.Salt, s.Time, s.Memory, s.Threads, seal.KeySize)
	}
	key, err := hkdf.Key(sha256.New, text, s.Salt, hkdfInfo, seal.KeySize)
	if err != nil {
		// This fails only for a key that is too long, or in a FIPS mode that forbids the
		// algorithm.
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
