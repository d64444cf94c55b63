// Package format1 writes a store of format 1 by docs/store-format.md, with the standard
// library alone.
package format1

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// Write makes a store at path of n secrets with value, named as format2's Fill names
// them, that password opens.
func Write(path, password string, n int, value string) error {
	secrets := make(map[string]string, n)
	for i := range n {
		secrets[fmt.Sprintf("name-%05d", i+1)] = value
	}
	plain, err := json.Marshal(map[string]any{"secrets": secrets})
	if err != nil {
		return err
	}
	key := sha256.Sum256([]byte(password))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return err
	}
	nonce := make([]byte, gcm.NonceSize())
	_, _ = rand.Read(nonce) // which never fails
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	return os.WriteFile(path, gcm.Seal(nonce, nonce, plain, nil), 0o600)
}
