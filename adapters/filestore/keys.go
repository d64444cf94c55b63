package filestore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// Keys provides passwords. Its errors have the same classes as a provider's, and the [Store]
// returns them unchanged. No lock is held while it is called, so it may prompt the user.
type Keys interface {
	// Key returns the password of an existing store.
	Key(ctx context.Context, request Request) (Key, error)
	// NewKey returns a password for a new store.
	NewKey(ctx context.Context, request Request) (Key, error)
}

// Request describes the store for which a password is requested.
type Request struct {
	// Account is the account of the password in a keyring.
	Account string
	// Spare are further accounts, in the order to try, under which a keyring may keep the
	// password after an interrupted change.
	Spare []string
	// Path is the store's file, for messages.
	Path string
	// Quiet: do not prompt at a terminal.
	Quiet bool
	// Wrong has the [Key.From] of passwords that did not open the store, and must not be
	// returned again.
	Wrong []string
	// Present is, for NewKey, the key of the store that is replaced, which may also become
	// the password of the new one; its Keep is nil. It is the zero Key if no store is
	// replaced.
	Present Key
}

// Key is a password with its origin.
type Key struct {
	// Password may also be the text of a store's recovery key.
	Password secret.Value
	// From is the origin for messages, such as "the OS keyring". With Kept it is unique.
	From string
	// Kept is true if the password comes from a keyring and may be outdated. If it does not
	// open the store, [Keys] is asked again, with From in [Request.Wrong].
	Kept bool
	// Again, unless nil, asks for another password after this one did not open the store.
	// The [Store] calls it at most once.
	Again func(ctx context.Context) (Key, error)
	// Keep, unless nil, keeps a password for account. The [Store] calls it only with a
	// password that opens the store, or the bytes that will become the store, and while
	// other writers wait. Stores of format 1 share an account: Keep must not lose the
	// password of another store.
	Keep func(ctx context.Context, account string, password secret.Value) error
}

// generatedSize is the length of 32 bytes in base64.
const generatedSize = 44

// GeneratePassword returns a password that the user need not remember: 32 random
// bytes as base64url, 44 characters.
func GeneratePassword() secret.Value {
	for {
		var random [32]byte
		// rand.Read never returns an error; it crashes the process instead.
		_, _ = rand.Read(random[:])
		text := base64.URLEncoding.AppendEncode(nil, random[:])
		if isGenerated(text) { // one in 1500 has no digit
			return secret.NewValue(text)
		}
	}
}

// slotKind returns the kind of slot that a password opens, and the bytes for the slot's key
// derivation. A mistyped recovery key is an error.
func slotKind(password []byte) (kind string, text []byte, err error) {
	switch {
	case header.IsRecovery(password):
		text, err = header.ParseRecovery(password)
		return header.Recovery, text, err
	case isGenerated(password):
		return header.Keyring, password, nil
	}
	return header.Password, password, nil
}

// isGenerated reports whether text is 32 bytes in base64, as programs generate passwords.
// No user chose it, so it needs no slow derivation. In doubt it returns false.
func isGenerated(text []byte) bool {
	if len(text) != generatedSize || !bytes.ContainsAny(text, "0123456789") ||
		bytes.Equal(text, bytes.ToLower(text)) || bytes.Equal(text, bytes.ToUpper(text)) {
		return false
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		// With line ends, which a decoder skips, fewer than 32 bytes remain.
		decoded, err := encoding.Strict().DecodeString(string(text))
		if err == nil && len(decoded) == 32 {
			return true
		}
	}
	return false
}
