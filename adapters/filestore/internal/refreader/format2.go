// Package refreader reads and writes stores with what docs/store-format.md says
// and nothing else: the standard library, and no code of the store itself. It is
// the proof that the document is enough, and its code stands in the document.
package refreader

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
)

// ReadFormat2 returns the secrets of a format 2 store by the text of its keyring
// slot.
func ReadFormat2(file []byte, text string) (map[string]string, error) {
	lines := strings.SplitAfterN(string(file), "\n", 3)
	if len(lines) != 3 || !strings.HasPrefix(lines[0], "thv-secret-store 2 ") {
		return nil, errors.New("no format 2 store")
	}
	var header struct {
		ID    string
		Slots []struct {
			Kind             string
			Salt, Nonce, Key []byte
		}
	}
	if err := json.Unmarshal([]byte(lines[1]), &header); err != nil {
		return nil, err
	}
	for _, slot := range header.Slots {
		if slot.Kind != "keyring" {
			continue
		}
		wrap, err := hkdf.Key(sha256.New, []byte(text), slot.Salt, "thv-secret-store slot", 32)
		if err != nil {
			return nil, err
		}
		key, err := decrypt(wrap, append(slot.Nonce, slot.Key...), "thv-secret-store slot keyring "+header.ID)
		if err != nil {
			continue // another keyring's
		}
		plain, err := decrypt(key, []byte(lines[2]), lines[0]+lines[1])
		if err != nil {
			return nil, err
		}
		return list(plain), nil
	}
	return nil, errors.New("no keyring slot opens")
}

func list(plain []byte) map[string]string {
	secrets := map[string]string{}
	for len(plain) > 0 {
		name := binary.BigEndian.Uint32(plain)
		value := binary.BigEndian.Uint32(plain[4:])
		description := binary.BigEndian.Uint32(plain[8:])
		fields := plain[28:] // after the two times
		secrets[string(fields[:name])] = string(fields[name : name+value])
		plain = fields[name+value+description:]
	}
	return secrets
}

func decrypt(key, sealed []byte, associated string) ([]byte, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	if len(sealed) < 12 {
		return nil, errors.New("cut off")
	}
	return gcm.Open(nil, sealed[:12], sealed[12:], []byte(associated))
}
