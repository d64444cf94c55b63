package filestore

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/thv-secrets/thv/adapters/filestore/internal/disk"
	"github.com/thv-secrets/thv/adapters/filestore/internal/header"
	"github.com/thv-secrets/thv/core/provider"
	"github.com/thv-secrets/thv/core/secret"
)

// Scheme is the scheme of the store's references.
const Scheme = "thv"

// The limits of a store, in bytes. MaxPlaintext is the limit of all secrets together,
// including their names.
const (
	MaxValue     = 1 << 20
	MaxPlaintext = 32 << 20
)

const defaultLockTimeout = 30 * time.Second

// Format is the number of a file format.
type Format int

// The formats.
const (
	Format1 Format = 1
	Format2 Format = 2
)

// Config configures a [Store]. Path and Keys are required.
type Config struct {
	// Path is the path of the file. Its directory is created with the store.
	Path string
	// Keys provides the password.
	Keys Keys
	// Format is the format of a new store; the default is [Format2]. The format of an
	// existing store is detected.
	Format Format
	// LockTimeout is the maximum wait of a write for other writers; the default is 30
	// seconds.
	LockTimeout time.Duration
	// Recovery receives the recovery key of a new or upgraded format 2 store before the
	// store is written. If it returns an error, the store is not written. If the store
	// cannot be written afterwards, withdraw is called unless it is nil. If Recovery is
	// nil, the store gets no recovery key. Other writers wait while it runs.
	Recovery func(ctx context.Context, key secret.Value) (withdraw func(), err error)
	// Created is called after a store was created, unless it is nil.
	Created func(Info)
	// Logger receives failures that do not fail the operation; nil discards them.
	Logger *slog.Logger
	// Clock returns the times of secrets; the default is time.Now.
	Clock func() time.Time
}

// Store is an encrypted store. It is safe for concurrent use, and many Stores and processes
// may use the same file.
//
// A Store keeps the key that opened the file, and asks for a password again only if the key
// no longer opens it.
type Store struct {
	config Config
	cost   header.Cost

	mu     sync.Mutex
	opened unlocked
}

var (
	_ provider.Writer  = (*Store)(nil)
	_ provider.Deleter = (*Store)(nil)
	_ provider.Lister  = (*Store)(nil)
	_ provider.Batcher = (*Store)(nil)
	_ provider.Checker = (*Store)(nil)
)

// New returns the store at c.Path without accessing it. It returns an error if a required
// field of c is missing.
func New(c Config) (*Store, error) {
	if c.Path == "" || c.Keys == nil {
		return nil, errors.New("the encrypted store needs a path, and a source of its password")
	}
	path, err := filepath.Abs(c.Path)
	if err != nil {
		return nil, fmt.Errorf("the encrypted store's path: %w", err)
	}
	c.Path = disk.Follow(path)
	switch c.Format {
	case 0:
		c.Format = Format2
	case Format1, Format2:
	default:
		return nil, fmt.Errorf("there is no store format %d, only 1 and 2", c.Format)
	}
	if c.LockTimeout <= 0 {
		c.LockTimeout = defaultLockTimeout
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = time.Now
	}
	return &Store{config: c, cost: header.DefaultCost}, nil
}

// nameOf returns the name in the store that ref refers to.
func nameOf(ref secret.Ref) (string, error) {
	if ref == (secret.Ref{}) || !ref.Bare() && ref.Scheme() != Scheme {
		return "", fmt.Errorf("%w: the encrypted store takes a bare name or %s://NAME", secret.ErrInvalidRef, Scheme)
	}
	return ref.Path(), nil
}

// newNameOf is [nameOf] for a secret to store: the name must be valid as a bare name.
func newNameOf(ref secret.Ref) (string, error) {
	name, err := nameOf(ref)
	if err != nil {
		return "", err
	}
	parse := secret.ParseRef
	if ref.System() {
		parse = secret.ParseSystemRef
	}
	if bare, err := parse(name); err != nil || !bare.Bare() {
		return "", fmt.Errorf("%w: what follows %s:// must be a name: at most %d bytes, no comma, no scheme",
			secret.ErrInvalidRef, Scheme, secret.MaxNameLen)
	}
	return name, nil
}
