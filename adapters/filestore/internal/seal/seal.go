// Package seal is AES-256-GCM as both store formats use it: a random nonce,
// the ciphertext, the tag.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"errors"
	"slices"
)

// Sizes in bytes. Overhead is what sealing adds to a plaintext.
const (
	KeySize   = 32
	NonceSize = 12
	TagSize   = 16
	Overhead  = NonceSize + TagSize
)

// ErrOpen says: the key is another, or the bytes are not those that were sealed.
// Which of the two it is cannot be told.
var ErrOpen = errors.New("authentication failed")

// Seal appends nonce, ciphertext and tag to dst and returns the longer slice.
// The plaintext is parts, joined; they must not overlap dst. The associated
// data may lie in dst. It panics where key has not KeySize bytes.
func Seal(dst, key, associated []byte, parts ...[]byte) []byte {
	var nonce [NonceSize]byte
	// rand.Read never returns an error; it ends the program instead.
	_, _ = rand.Read(nonce[:])
	return sealWith(nonce[:], dst, key, associated, parts...)
}

// Open decrypts what Seal appended, in place: the result overwrites sealed and
// shares its memory. Its only error is ErrOpen; sealed is then spoilt. It
// panics where key has not KeySize bytes.
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
	// The plaintext is joined where the ciphertext goes, so that a large store
	// is copied once.
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
