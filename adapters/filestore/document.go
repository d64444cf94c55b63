package filestore

import (
	"errors"
	"fmt"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/entries"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/adapters/filestore/internal/seal"
	"github.com/thv-secrets/thv/core/secret"
)

const (
	maxFile = header.MaxSize + MaxPlaintext + seal.Overhead
	// minFile1 is the size of an empty format 1 store.
	minFile1 = seal.Overhead
)

var errTooShort = errors.New("the file is too short, it was cut off")

// document is a store's file, of either format, before it is opened.
type document struct {
	format Format
	header *header.Header // nil in format 1
	// head is the associated data, and body the ciphertext.
	head, body []byte
}

// newDocument returns the document of a new store.
func newDocument(format Format) *document {
	if format == Format1 {
		return &document{format: Format1}
	}
	return &document{format: Format2, header: header.New()}
}

// load reads the store's file. It returns nil if the file is missing or empty.
func (s *Store) load() (*document, error) { return s.read(maxFile) }

// peek is [Store.load] without the secrets: it reads only what identifies the password.
func (s *Store) peek() (*document, error) { return s.read(header.MaxSize) }

func (s *Store) read(max int64) (*document, error) {
	file, err := disk.Read(s.config.Path, maxFile, max)
	if err != nil || len(file) == 0 {
		return nil, err
	}
	return s.parse(file)
}

func (s *Store) parse(file []byte) (*document, error) {
	if !header.Recognised(file) {
		if len(file) < minFile1 {
			return nil, s.corrupt(errTooShort)
		}
		return &document{format: Format1, body: file}, nil
	}
	h, size, err := header.Parse(file)
	if err != nil {
		return nil, s.headerError(err)
	}
	return &document{format: Format2, header: h, head: file[:size:size], body: file[size:]}, nil
}

func (d *document) account() string {
	if d.format == Format1 {
		return Account1
	}
	return Account1 + "-" + d.header.ID
}

// spare returns further accounts under which a change of the password may have left it. In
// format 2 there is always a slot for the password of the account itself.
func (d *document) spare() []string {
	if d.format == Format1 {
		return []string{Next1, Previous1}
	}
	return nil
}

// open returns the secrets. It can be called only once, since it overwrites the body. Its
// error is seal.ErrOpen, or the reason why the plaintext cannot be parsed.
func (d *document) open(key []byte) (entries.List, error) {
	plain, err := seal.Open(key, d.body, d.head)
	if err != nil {
		return nil, err
	}
	if d.format == Format1 {
		return decode1(plain)
	}
	return plain, nil
}

// seal returns the file with the joined parts of a list.
func (d *document) seal(key []byte, parts ...[]byte) ([]byte, error) {
	if d.format == Format1 {
		return seal1(key, parts)
	}
	size := 0
	for _, part := range parts {
		size += len(part)
	}
	if size > MaxPlaintext {
		return nil, errStoreFull()
	}
	d.header.Generation++
	head, err := d.header.Bytes()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", secret.ErrTooLarge, err)
	}
	file := make([]byte, 0, len(head)+size+seal.Overhead)
	return seal.Seal(append(file, head...), key, head, parts...), nil
}

func seal1(key []byte, parts [][]byte) ([]byte, error) {
	var list entries.List
	for _, part := range parts {
		list = append(list, part...)
	}
	plain, err := encode1(list)
	if err != nil {
		return nil, err
	}
	if len(plain) > MaxPlaintext {
		return nil, errStoreFull()
	}
	return seal.Seal(nil, key, nil, plain), nil
}

func errStoreFull() error {
	return fmt.Errorf("%w: the store would hold more than %d MiB; delete secrets, or keep large ones elsewhere",
		secret.ErrTooLarge, MaxPlaintext>>20)
}
