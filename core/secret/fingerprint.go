package secret

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// MinFingerprintKey is the minimum length of the key of a [Fingerprinter], in bytes.
const MinFingerprintKey = 32

// fingerprintBytes is the length of the shown part of the HMAC. It is enough to
// distinguish values, and too short to confirm a guess for a holder of the key.
const fingerprintBytes = 6

// Fingerprinter computes fingerprints, which show whether a secret has changed without
// revealing it. A fingerprint is keyed, since a plain hash of a short secret can be
// found by brute force, and depends on the reference, so that two secrets with the same
// value have different fingerprints. The zero Fingerprinter must not be used.
type Fingerprinter struct {
	// key is a closure for the same reason as in [Value].
	key func() []byte
}

// NewFingerprinter returns a Fingerprinter with a copy of key, which must be random and
// kept for one installation. A key of less than [MinFingerprintKey] bytes is an error.
func NewFingerprinter(key []byte) (Fingerprinter, error) {
	if len(key) < MinFingerprintKey {
		return Fingerprinter{}, fmt.Errorf("a key for fingerprints has at least %d bytes", MinFingerprintKey)
	}
	kept := bytes.Clone(key)
	return Fingerprinter{key: func() []byte { return kept }}, nil
}

// Of returns the fingerprint of ref's value: the first 48 bits of an HMAC-SHA256 of the
// reference, a NUL and the value, in hexadecimal.
func (f Fingerprinter) Of(ref Ref, value Value) string {
	mac := hmac.New(sha256.New, f.key())
	mac.Write([]byte(ref.String()))
	mac.Write([]byte{0})
	mac.Write(value.Bytes())
	return hex.EncodeToString(mac.Sum(nil)[:fingerprintBytes])
}
