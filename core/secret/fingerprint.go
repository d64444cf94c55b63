package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// MinFingerprintKey is the length in bytes of the shortest key that a
// Fingerprinter takes.
const MinFingerprintKey = 32

// fingerprintBytes is how much of the HMAC is shown. It is enough to tell values
// apart, and too little to prove a guess to a holder of the key.
const fingerprintBytes = 6

// Fingerprinter tells whether a secret is the same as before, without telling
// what it is. A fingerprint is keyed, since a plain hash of a short secret can
// be found by trying, and it depends on the reference, so that two secrets of
// one value do not show that they are. The zero Fingerprinter must not be used.
type Fingerprinter struct {
	// key is a closure for the same reason as in Value.
	key func() []byte
}

// NewFingerprinter returns a Fingerprinter with a copy of key, which is random,
// kept for one installation, and at least MinFingerprintKey bytes long.
func NewFingerprinter(key []byte) (Fingerprinter, error) {
	if len(key) < MinFingerprintKey {
		return Fingerprinter{}, fmt.Errorf("a key for fingerprints has at least %d bytes", MinFingerprintKey)
	}
	kept := bytes.Clone(key)
	return Fingerprinter{key: func() []byte { return kept }}, nil
}

// Of returns the fingerprint of ref's value: the first 48 bits of an
// HMAC-SHA256 over the reference, a NUL and the value, in hexadecimal.
func (f Fingerprinter) Of(ref Ref, value Value) string {
	mac := hmac.New(sha256.New, f.key())
	mac.Write([]byte(ref.String()))
	mac.Write([]byte{0})
	mac.Write(value.Bytes())
	return hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
}
