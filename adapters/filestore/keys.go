package filestore

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"strings"

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
	// Path is the store's file, for messages.
	Path string
	// Quiet: nobody may be asked at a terminal.
	Quiet bool
}

// Key is a password and where it comes from.
type Key struct {
	// Password may also be the text of a store's recovery key.
	Password secret.Value
	// From is for messages, as in "the OS keyring".
	From string
	// Keep, where not nil, keeps a password for account from now on. The Store
	// calls it only with one that has opened the store, or the bytes that are
	// about to become the store.
	Keep func(ctx context.Context, account string, password secret.Value) error
}

// GeneratePassword returns a password that nobody needs to remember: 32 random
// bytes as base64url, 44 characters.
func GeneratePassword() secret.Value {
	var random [32]byte
	// rand.Read never returns an error; it ends the program instead.
	_, _ = rand.Read(random[:])
	return secret.NewValue([]byte(base64.URLEncoding.EncodeToString(random[:])))
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

// isGenerated reports whether text is 32 bytes in base64, as this program and
// others make passwords: no person chose it, so it needs no slow derivation.
func isGenerated(text []byte) bool {
	s := strings.NewReplacer("-", "+", "_", "/").Replace(string(text))
	encoding := base64.RawStdEncoding
	if strings.HasSuffix(s, "=") {
		encoding = base64.StdEncoding
	}
	decoded, err := encoding.DecodeString(s)
	return err == nil && len(decoded) == 32 && !strings.ContainsAny(s, "\r\n")
}
