// Package seal implements AES-256-GCM in the form of both store formats: a random nonce,
// the ciphertext, and the tag.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"slices"
)

// The sizes in bytes. Overhead is the difference between ciphertext and plaintext.
const (
	KeySize   = 32
	NonceSize = 12
	TagSize   = 16
	Overhead  = NonceSize + TagSize
)

// ErrOpen means that the key is wrong or the ciphertext was changed; the two cannot be
// distinguished.
var ErrOpen = errors.New("authentication failed")

// Seal appends nonce, ciphertext and tag to dst and returns the extended slice. The
// plaintext is the joined parts, which must not overlap dst; the associated data may. It
// panics if key does not have KeySize bytes.
func Seal(dst, key, associated []byte, parts ...[]byte) []byte {
	var nonce [NonceSize]byte
	// rand.Read never returns an error; it crashes the process instead.
	_, _ = rand.Read(nonce[:])
	return sealWith(nonce[:], dst, key, associated, parts...)
}

// Open decrypts sealed in place: the result shares its memory. Its only error is [ErrOpen],
// after which the content of sealed is undefined. It panics if key does not have KeySize
// bytes.
func Open(key, sealed, associated []byte) ([]byte, error) {
	if len(sealed) < Overhead {
		return nil, ErrOpen
	}
	nonce, text := sealed[:NonceSize], sealed[NonceSize:]
	plain, err := newGCM(key).Open(text[:0], nonce, text, associated)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

func sealWith(nonce, dst, key, associated []byte, parts ...[]byte) []byte {
	size := Overhead
	for _, part := range parts {
		size += len(part)
	}
	// The plaintext is joined at the position of the ciphertext, so that a large store is
	// copied only once.
	out := append(slices.Grow(dst, size), nonce...)
	start := len(out)
	for _, part := range parts {
		out = append(out, part...)
	}
	return newGCM(key).Seal(out[:start], nonce, out[start:], associated)
}

func newGCM(key []byte) cipher.AEAD {
	if len(key) != KeySize {
		panic("seal: the key has not 32 bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err)
	}
	return gcm
}
