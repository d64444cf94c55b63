package filestore

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/core/secret"
)

// Account1 is the account of every format 1 store.
const Account1 = "toolhive"

// Next1 and Previous1 are the spare accounts of format 1. Such a store has one key, and its
// change in the file and in the keyring is not atomic. So the new password is kept as Next1
// before the file is changed, and the old one as Previous1 afterwards.
const (
	Next1     = Account1 + "-next"
	Previous1 = Account1 + "-previous"
)

// plaintext1 is the plaintext of format 1.
type plaintext1 struct {
	Secrets map[string]string `json:"secrets"`
}

var errPlaintext1 = errors.New("what it decrypts to is no list of secrets")

// key1 derives the key of format 1.
func key1(password []byte) []byte {
	sum := sha256.Sum256(password)
	return sum[:]
}

// decode1 converts a format 1 plaintext to the list that all operations use.
func decode1(plain []byte) (entries.List, error) {
	if list, ok := scan1(plain); ok {
		return list, nil
	}
	var p plaintext1
	if err := json.Unmarshal(plain, &p); err != nil {
		return nil, errPlaintext1 // the decoder's own error quotes plaintext
	}
	all := make([]entries.Entry, 0, len(p.Secrets))
	for name, value := range p.Secrets {
		all = append(all, entries.Entry{Name: []byte(name), Value: []byte(value)})
	}
	return entries.Join(all), nil
}

// encode1 is the inverse of [decode1]. It refuses values that JSON would change.
func encode1(list entries.List) ([]byte, error) {
	p := plaintext1{Secrets: map[string]string{}}
	for e, err := range list.All() {
		if err != nil {
			return nil, err
		}
		if !utf8.Valid(e.Value) {
			return nil, fmt.Errorf("%w: a store of format 1 holds no bytes that are not UTF-8; 'thv secret upgrade' makes it one that does",
				secret.ErrUnsupported)
		}
		if len(e.Description) > 0 {
			return nil, fmt.Errorf("%w: a store of format 1 keeps no descriptions; 'thv secret upgrade' makes it one that does",
				secret.ErrUnsupported)
		}
		p.Secrets[string(e.Name)] = string(e.Value)
	}
	return json.Marshal(p)
}
