package filestore

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

// wantDamageFound writes file in the store's place and finds that neither reading
// nor writing accepts it, and that writing leaves it.
func wantDamageFound(t *testing.T, path string, file []byte, what string, at int) {
	t.Helper()
	writeFile(t, path, file)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	_, err := s.Get(t.Context(), ref(t, "a"))
	known := errors.Is(err, secret.ErrCorrupt) || errors.Is(err, secret.ErrLocked) || errors.Is(err, secret.ErrUnsupported)
	if !known {
		t.Errorf("%s %d: get answers %v", what, at, err)
	}
	if err := s.Put(t.Context(), ref(t, "a"), value("2")); err == nil {
		t.Errorf("%s %d: put wrote over it", what, at)
	}
	wantUnchanged(t, path, file)
}

func TestStore_EverySingleBitFlipIsDetected(t *testing.T) {
	t.Parallel()
	eachFormat(t, func(t *testing.T, f Format) {
		path := storePath(t)
		put(t, open(t, Config{Path: path, Keys: fixed(generated), Format: f}), "a", "1")
		whole := readFile(t, path)
		for bit := range 8 * len(whole) {
			file := append([]byte(nil), whole...)
			file[bit/8] ^= 1 << (bit % 8)
			wantDamageFound(t, path, file, "bit", bit)
		}
	})
}

func TestStore_TruncationAtEveryLengthIsDetected(t *testing.T) {
	eachFormat(t, func(t *testing.T, f Format) {
		path := storePath(t)
		put(t, open(t, Config{Path: path, Keys: fixed(generated), Format: f}), "a", "1")
		whole := readFile(t, path)
		// A file of no bytes is an empty store by definition.
		for size := 1; size < len(whole); size++ {
			wantDamageFound(t, path, whole[:size:size], "length", size)
		}
		wantDamageFound(t, path, append(whole, 0), "length", len(whole)+1)
	})
}

func TestGet_TellsDamageFromAWrongPassword(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	whole := readFile(t, path)
	for _, at := range []int{0, 20, 100, len(whole) / 2, len(whole) - 1} {
		file := append([]byte(nil), whole...)
		file[at] ^= 1
		writeFile(t, path, file)
		_, err := open(t, Config{Path: path, Keys: fixed(generated)}).Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrCorrupt)
	}
}

func TestGet_AStoreFromTheFutureSaysWhatIsNeeded(t *testing.T) {
	path := storePath(t)
	put(t, open(t, Config{Path: path, Keys: fixed(generated)}), "a", "1")
	whole := string(readFile(t, path))
	version3 := strings.Replace(whole, header.Magic+" 2 ", header.Magic+" 3 ", 1)
	h, size, err := header.Parse([]byte(whole))
	if err != nil {
		t.Fatal(err)
	}
	h.Cipher = "AEGIS-256"
	head, err := h.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	for file, needs := range map[string]string{version3: "format 3", string(head) + whole[size:]: "AEGIS-256"} {
		writeFile(t, path, []byte(file))
		_, err := open(t, Config{Path: path, Keys: fixed(generated)}).Get(t.Context(), ref(t, "a"))
		wantError(t, err, secret.ErrUnsupported)
		if !strings.Contains(err.Error(), needs) || !strings.Contains(err.Error(), "update thv") {
			t.Errorf("unclear: %v", err)
		}
	}
}

func TestPut_KeepsSlotsThatItDoesNotKnow(t *testing.T) {
	path, keys := storePath(t), newRing()
	s := open(t, Config{Path: path, Keys: keys})
	put(t, s, "a", "1")
	d, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	u, _ := s.recall(d.account())
	list, err := d.open(u.key)
	if err != nil {
		t.Fatal(err)
	}
	const unknown = `{"kind":"tpm2","pcr":[1,7],"salt":{"of":"another type"}}`
	var slot header.Slot
	if err := slot.UnmarshalJSON([]byte(unknown)); err != nil {
		t.Fatal(err)
	}
	d.header.Slots = append([]header.Slot{slot}, d.header.Slots...)
	file, err := d.seal(u.key, list)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, file)
	s = open(t, Config{Path: path, Keys: keys})
	put(t, s, "a", "2")
	if err := s.ChangePassword(t.Context(), Key{Password: GeneratePassword(), Keep: keys.keep}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(readFile(t, path)), unknown) {
		t.Error("the slot is gone")
	}
	if diff := cmp.Diff([]string{"tpm2", header.Keyring}, slotKinds(t, s)); diff != "" {
		t.Error(diff)
	}
	wantValue(t, open(t, Config{Path: path, Keys: keys}), "a", "2")
}

func TestGet_AuthenticButMalformedIsCorrupt(t *testing.T) {
	path := storePath(t)
	s := open(t, Config{Path: path, Keys: fixed(generated)})
	put(t, s, "a", "1")
	d, err := s.load()
	if err != nil {
		t.Fatal(err)
	}
	u, _ := s.recall(d.account())
	file, err := d.seal(u.key, entries.List("no list"))
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, path, file)
	_, err = s.Get(t.Context(), ref(t, "a"))
	wantError(t, err, secret.ErrCorrupt)

	writeFile(t, path, seal.Seal(nil, key1([]byte(generated)), nil, []byte(`{"secrets":["a value"]}`)))
	_, err = open(t, Config{Path: path, Keys: fixed(generated)}).Get(t.Context(), ref(t, "a"))
	wantError(t, err, secret.ErrCorrupt)
	if strings.Contains(err.Error(), "a value") {
		t.Error("the error holds plaintext")
	}
}
