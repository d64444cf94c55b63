package refreader

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
)

// WriteFormat1 returns a format 1 store.
func WriteFormat1(secrets map[string]string, password string) ([]byte, error) {
	plain, err := json.Marshal(map[string]any{"secrets": secrets})
	if err != nil {
		return nil, err
	}
	key := sha256.Sum256([]byte(password))
	block, err := aes.NewCipher(key[:])
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	nonce := make([]byte, 12)
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	return gcm.Seal(nonce, nonce, plain, nil), nil
}

// ReadFormat1 returns the secrets of a format 1 store.
func ReadFormat1(file []byte, password string) (map[string]string, error) {
	key := sha256.Sum256([]byte(password))
	plain, err := decrypt(key[:], file, "")
	if err != nil {
		return nil, err
	}
	var store struct{ Secrets map[string]string }
	err = json.Unmarshal(plain, &store)
	return store.Secrets, err
}
