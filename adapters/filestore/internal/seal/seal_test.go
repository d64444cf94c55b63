package seal

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"testing"

	"github.com/c2sp/wycheproof"
)

type vectorFile struct {
	TestGroups []struct {
		IVSize, KeySize, TagSize int
		Tests                    []vector
	}
}

type vector struct {
	TCID                       int `json:"tcId"`
	Key, IV, AAD, Msg, CT, Tag hexBytes
	Result, Comment            string
}

type hexBytes []byte

func (h *hexBytes) UnmarshalText(text []byte) (err error) {
	*h, err = hex.DecodeString(string(text))
	return err
}

func readVectors(t *testing.T) []vector {
	t.Helper()
	f, err := wycheproof.TestVectors.Open("aes_gcm_test.json")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var file vectorFile
	if err := json.NewDecoder(f).Decode(&file); err != nil {
		t.Fatal(err)
	}
	var ours []vector
	for _, g := range file.TestGroups {
		if g.KeySize == 8*KeySize && g.IVSize == 8*NonceSize && g.TagSize == 8*TagSize {
			ours = append(ours, g.Tests...)
		}
	}
	return ours
}

func TestOpen_AgreesWithWycheproof(t *testing.T) {
	vectors := readVectors(t)
	invalid := 0
	for _, v := range vectors {
		sealed := bytes.Join([][]byte{v.IV, v.CT, v.Tag}, nil)
		plain, err := Open(v.Key, sealed, v.AAD)
		switch {
		case v.Result == "valid" && err != nil:
			t.Errorf("vector %d (%s): %v", v.TCID, v.Comment, err)
		case v.Result == "valid" && !bytes.Equal(plain, v.Msg):
			t.Errorf("vector %d (%s): another plaintext", v.TCID, v.Comment)
		case v.Result == "invalid" && err == nil:
			t.Errorf("vector %d (%s): accepted", v.TCID, v.Comment)
		}
		if v.Result == "invalid" {
			invalid++
		}
	}
	if len(vectors) < 50 || invalid < 10 {
		t.Fatalf("only %d vectors, %d of them invalid", len(vectors), invalid)
	}
}

func TestSeal_AgreesWithWycheproof(t *testing.T) {
	for _, v := range readVectors(t) {
		if v.Result != "valid" {
			continue
		}
		half := len(v.Msg) / 2
		got := sealWith(v.IV, []byte("head"), v.Key, v.AAD, v.Msg[:half], v.Msg[half:])
		want := bytes.Join([][]byte{[]byte("head"), v.IV, v.CT, v.Tag}, nil)
		if !bytes.Equal(got, want) {
			t.Errorf("vector %d (%s): another ciphertext", v.TCID, v.Comment)
		}
	}
}

func TestOpen_TakesWhatSealMade(t *testing.T) {
	key := bytes.Repeat([]byte{7}, KeySize)
	sealed := Seal([]byte("header"), key, []byte("header"), []byte("a "), nil, []byte("secret"))
	plain, err := Open(key, sealed[len("header"):], sealed[:len("header")])
	if err != nil || string(plain) != "a secret" {
		t.Fatalf("got %q, %v, want the plaintext", plain, err)
	}
}

func TestSeal_TakesAFreshNonceEachTime(t *testing.T) {
	key := make([]byte, KeySize)
	seen := map[string]bool{}
	for range 1000 {
		nonce := string(Seal(nil, key, nil)[:NonceSize])
		if seen[nonce] {
			t.Fatal("a nonce came twice")
		}
		seen[nonce] = true
	}
}
