package header

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
)

var cheap = Cost{Memory: 64, Time: 1, Threads: 1}

func made(t testing.TB) (h *Header, dataKey, recovery []byte) {
	t.Helper()
	h, dataKey = New(), bytes.Repeat([]byte{9}, 32)
	recovery, _ = NewRecovery()
	h.Slots = []Slot{
		h.NewSlot(Keyring, []byte("text"), dataKey, Cost{}),
		h.NewSlot(Password, []byte("text"), dataKey, cheap),
		h.NewSlot(Recovery, recovery, dataKey, Cost{}),
	}
	return h, dataKey, recovery
}

func encoded(t testing.TB, h *Header) []byte {
	t.Helper()
	file, err := h.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestParse_ReadsBackAndUnwrapsEachSlot(t *testing.T) {
	h, dataKey, recovery := made(t)
	file := encoded(t, h)
	got, size, err := Parse(append(bytes.Clone(file), "sealed"...))
	if err != nil || size != len(file) {
		t.Fatal(size, err)
	}
	if !bytes.Equal(encoded(t, got), file) {
		t.Error("written again it is another")
	}
	for kind, text := range map[string][]byte{Keyring: []byte("text"), Password: []byte("text"), Recovery: recovery} {
		key, _, err := got.Unwrap(t.Context(), kind, text)
		if err != nil || !bytes.Equal(key, dataKey) {
			t.Errorf("%s: got error %v or another key, want the data key", kind, err)
		}
		if _, _, err := got.Unwrap(t.Context(), kind, []byte("other")); !errors.Is(err, ErrNoSlot) {
			t.Errorf("%s opens for another text: %v", kind, err)
		}
	}
}

func TestUnwrap_ASlotIsBoundToItsStoreAndKind(t *testing.T) {
	h, _, _ := made(t)
	other := New()
	other.Slots = h.Slots
	if _, _, err := other.Unwrap(t.Context(), Keyring, []byte("text")); !errors.Is(err, ErrNoSlot) {
		t.Errorf("in another store: %v", err)
	}
	h.Slots[0].Kind = Recovery
	h.Slots = h.Slots[:1]
	if _, _, err := h.Unwrap(t.Context(), Recovery, []byte("text")); !errors.Is(err, ErrNoSlot) {
		t.Errorf("as another kind: %v", err)
	}
}

func TestUnwrap_RefusesWhatAHostileHeaderAsksFor(t *testing.T) {
	for _, cost := range []Cost{{1 << 31, 1, 1}, {64, 1 << 30, 1}, {64, 1, 255}, {0, 1, 1}, {64, 0, 1}, {64, 1, 0}, {64, 1, 9}, {256<<10 + 1, 1, 1}, {64, 9, 1}} {
		h, _, _ := made(t)
		h.Slots[1].Cost = cost
		if _, _, err := h.Unwrap(t.Context(), Password, []byte("text")); !errors.Is(err, ErrDamaged) {
			t.Errorf("cost %+v: got %v, want ErrDamaged", cost, err)
		}
	}
	h, _, _ := made(t)
	for range maxOf(Password) {
		h.Slots = append(h.Slots, h.NewSlot(Password, []byte("other"), make([]byte, 32), cheap))
	}
	if _, _, err := h.Unwrap(t.Context(), Password, []byte("text")); !errors.Is(err, ErrDamaged) {
		t.Errorf("too many password slots: %v", err)
	}
	h, _, _ = made(t)
	ended, end := context.WithCancel(t.Context())
	end()
	if _, _, err := h.Unwrap(ended, Password, []byte("text")); !errors.Is(err, context.Canceled) {
		t.Errorf("a context that is done: %v", err)
	}
	h.Slots[1].KDF = "scrypt"
	if _, _, err := h.Unwrap(t.Context(), Password, []byte("text")); !errors.Is(err, ErrNewer) {
		t.Errorf("another derivation: %v", err)
	}
	h.Slots[0].Key = h.Slots[0].Key[:3]
	if _, _, err := h.Unwrap(t.Context(), Keyring, []byte("text")); !errors.Is(err, ErrDamaged) {
		t.Errorf("a short key: %v", err)
	}
}

func TestAdd_DropsTheOldestButWhatIsSpared(t *testing.T) {
	h, dataKey, _ := made(t)
	first, recovery := h.Slots[0], h.Slots[2]
	for i := range 3 * MaxSlots {
		added := h.NewSlot(Keyring, []byte{byte(i)}, dataKey, Cost{})
		h.Add(first, added)
		if !h.Holds(first) || !h.Holds(recovery) || !h.Holds(added) || h.count(Keyring) > 8 {
			t.Fatalf("after %d: %d slots", i, h.count(Keyring))
		}
	}
	if h.Add(recovery, h.NewSlot(Keyring, nil, dataKey, Cost{})); h.Holds(first) {
		t.Error("the oldest is still there")
	}
}

func TestParse_RefusesWhatIsNone(t *testing.T) {
	h, _, _ := made(t)
	whole := string(encoded(t, h))
	bad := map[string]error{
		"":                                       ErrDamaged,
		Magic:                                    ErrDamaged,
		Magic + " 2 " + "abc\n":                  ErrDamaged,
		Magic + " 10 abc":                        ErrNewer,
		Magic + " x abc":                         ErrDamaged,
		whole[:len(whole)-1]:                     ErrDamaged,
		strings.ToUpper(whole[:30]) + whole[30:]: ErrDamaged,
	}
	for name, edit := range map[string]func(h *Header){
		"id":    func(h *Header) { h.ID = "../../another!!!" },
		"upper": func(h *Header) { h.ID = "ABCDEF0123456789" },
		"kind":  func(h *Header) { h.Slots[0].Kind = "key\x1b[2J" },
	} {
		h, _, _ := made(t)
		edit(h)
		bad[string(encoded(t, h))] = ErrDamaged
		_ = name
	}
	for file, want := range bad {
		if _, _, err := Parse([]byte(file)); !errors.Is(err, want) {
			t.Errorf("%.60q: got %v, want %v", file, err, want)
		}
	}
}

func TestRecovery_IsReadAsAPersonCopiesIt(t *testing.T) {
	key, text := NewRecovery()
	for _, copied := range []string{text, strings.ToUpper(text), " " + text + "\r\n", RecoveryPrefix + strings.ReplaceAll(text[len(RecoveryPrefix):], "-", " ")} {
		got, err := ParseRecovery([]byte(copied))
		if err != nil || !bytes.Equal(got, key) {
			t.Errorf("%q: got error %v or another key, want the key", copied, err)
		}
	}
	for i := len(RecoveryPrefix); i < len(text); i++ {
		slip := []byte(text)
		slip[i] = "ab"[(slip[i]-'a')&1^1]
		if slip[i] == text[i] || text[i] == '-' {
			continue
		}
		if _, err := ParseRecovery(slip); !errors.Is(err, ErrMistyped) {
			t.Errorf("a slip at %d is not found", i)
		}
	}
	if IsRecovery([]byte("thv-recover")) || IsRecovery(nil) {
		t.Error("something else is taken for one")
	}
}

func FuzzParse(f *testing.F) {
	h, _, _ := made(f)
	f.Add(encoded(f, h))
	f.Add([]byte(Magic + " 3 "))
	f.Fuzz(func(t *testing.T, file []byte) {
		// What is fuzzed is the second line: no fuzzer finds a checksum.
		for _, file := range [][]byte{file, append([]byte(firstLine+checksum(append(file, '\n'))+"\n"), append(file, '\n')...)} {
			h, size, err := Parse(file)
			if err != nil {
				if !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
					t.Fatal(err)
				}
				continue
			}
			if size > len(file) || !Recognised(file) {
				t.Fatalf("size %d of %d", size, len(file))
			}
			if line, err := json.Marshal(h); err != nil {
				t.Fatalf("marshal: got %q, %v, want no error", line, err)
			}
			for _, kind := range []string{Keyring, Recovery} {
				if _, _, err := h.Unwrap(t.Context(), kind, []byte("text")); err == nil {
					continue
				}
			}
		}
	})
}
