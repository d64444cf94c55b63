package header

import (
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"strings"
)

// A recovery key has 20 random bytes. Its text, RecoveryPrefix and ten groups of four
// characters, is base32 of those bytes and of a checksum of five bytes, so that a typing
// error is detected before the store is tried.
const (
	RecoveryPrefix = "thv-recovery-"

	recoverySize = 20
	recoverySum  = 5
)

// ErrMistyped means that the text of a recovery key is incomplete or has a typing error.
var ErrMistyped = errors.New("the recovery key is mistyped")

// NewRecovery returns a random recovery key and its text.
func NewRecovery() (key []byte, text string) {
	key = make([]byte, recoverySize)
	// rand.Read never returns an error; it crashes the process instead.
	_, _ = rand.Read(key)
	return key, recoveryText(key)
}

// IsRecovery reports whether text looks like a recovery key, possibly a mistyped one.
func IsRecovery(text []byte) bool {
	text = bytes.TrimSpace(text)
	return len(text) >= len(RecoveryPrefix) && strings.EqualFold(string(text[:len(RecoveryPrefix)]), RecoveryPrefix)
}

// ParseRecovery returns the key in text, in any case and grouping. Its only error is
// [ErrMistyped].
func ParseRecovery(text []byte) ([]byte, error) {
	if !IsRecovery(text) {
		return nil, ErrMistyped
	}
	digits := strings.Map(digit, string(bytes.TrimSpace(text)[len(RecoveryPrefix):]))
	whole, err := base32.StdEncoding.DecodeString(digits)
	if err != nil || len(whole) != recoverySize+recoverySum {
		return nil, ErrMistyped
	}
	key := whole[:recoverySize]
	if !bytes.Equal(whole[recoverySize:], recoveryChecksum(key)) {
		return nil, ErrMistyped
	}
	return key, nil
}

func recoveryText(key []byte) string {
	digits := base32.StdEncoding.EncodeToString(append(bytes.Clone(key), recoveryChecksum(key)...))
	var groups []string
	for len(digits) > 0 {
		groups = append(groups, strings.ToLower(digits[:4]))
		digits = digits[4:]
	}
	return RecoveryPrefix + strings.Join(groups, "-")
}

func recoveryChecksum(key []byte) []byte {
	sum := sha256.Sum256(append([]byte(RecoveryPrefix), key...))
	return sum[:recoverySum]
}

// digit replaces 0 and 1, which base32 does not use, by the letters that look like them.
func digit(r rune) rune {
	switch {
	case r == '-' || r == ' ' || r == '\n' || r == '\t' || r == '\r':
		return -1
	case r == '0':
		return 'O'
	case r == '1':
		return 'I'
	case r >= 'a' && r <= 'z':
		return r - 'a' + 'A'
	}
	return r
}
