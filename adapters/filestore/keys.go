package filestore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/base64"

	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/secret"
)

// Keys answers passwords. Its errors are classified like a provider's and reach
// the Store's caller unchanged. No lock is held while it is asked, so it may ask
// a person.
type Keys interface {
	// Key answers the password of a store that exists.
	Key(ctx context.Context, request Request) (Key, error)
	// NewKey answers a password for a store that is being made.
	NewKey(ctx context.Context, request Request) (Key, error)
}

// Request says for which store a password is wanted.
type Request struct {
	// Account is what the password is kept under in a keyring.
	Account string
	// Spare are further accounts, in the order to look, under which a keyring
	// may keep the password after a change that was interrupted.
	Spare []string
	// Path is the store's file, for messages.
	Path string
	// Quiet: do not prompt at a terminal.
	Quiet bool
	// Wrong has the From of answers that did not open the store; they are not
	// to be given again.
	Wrong []string
	// Present is, for NewKey, what opens the store that the new one takes the place
	// of, and may be the new one's password, too; its Keep is nil. It is the zero Key
	// for a store that takes no other's place.
	Present Key
}

// Key is a password and where it comes from.
type Key struct {
	// Password may also be the text of a store's recovery key.
	Password secret.Value
	// From is for messages, as in "the OS keyring". Where Kept, it is different
	// for each place.
	From string
	// Kept: it comes from a keyring and may be outdated. Where it does not open
	// the store, Keys is asked again, with From in Request.Wrong.
	Kept bool
	// Again, where not nil, asks for another password in the place of this one, which
	// does not open the store. The Store calls it once at most.
	Again func(ctx context.Context) (Key, error)
	// Keep, where not nil, keeps a password for account from now on. The Store
	// calls it only with one that opens the store, or the bytes that are about
	// to become the store, and while other writers wait. Stores of format 1
	// share an account: what another of them has there, Keep must not lose.
	Keep func(ctx context.Context, account string, password secret.Value) error
}

// generatedSize is the length of 32 bytes in base64.
const generatedSize = 44

// GeneratePassword returns a password that the user need not remember: 32 random
// bytes as base64url, 44 characters.
func GeneratePassword() secret.Value {
	for {
		var random [32]byte
		// rand.Read never returns an error; it ends the program instead.
		_, _ = rand.Read(random[:])
		text := base64.URLEncoding.AppendEncode(nil, random[:])
		if isGenerated(text) { // one in 1500 has no digit
			return secret.NewValue(text)
		}
	}
}

// slotKind returns the kind of slot that a password opens, and the bytes that go
// into the slot's key derivation. A recovery key that is mistyped is an error.
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

// isGenerated reports whether text is 32 bytes in base64 as programs make
// passwords: no person chose it, so it needs no slow derivation. In doubt a
// person did.
func isGenerated(text []byte) bool {
	if len(text) != generatedSize || !bytes.ContainsAny(text, "0123456789") ||
		bytes.Equal(text, bytes.ToLower(text)) || bytes.Equal(text, bytes.ToUpper(text)) {
		return false
	}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding} {
		// Line ends, which a decoder skips, leave less than 32 bytes.
		decoded, err := encoding.Strict().DecodeString(string(text))
		if err == nil && len(decoded) == 32 {
			return true
		}
	}
	return false
}
