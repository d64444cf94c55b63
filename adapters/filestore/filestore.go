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

// Limits of what a store holds, in bytes. MaxPlaintext is for all secrets
// together, with their names.
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

// Config says where a store is and who opens it. Path and Keys must be set.
type Config struct {
	// Path of the file. Its folder is made with the store.
	Path string
	// Keys is asked for the password.
	Keys Keys
	// Format is that of a store that is made; zero is Format2. A store that is
	// there has the format that it has.
	Format Format
	// LockTimeout bounds how long a write waits for other writers; zero is 30
	// seconds.
	LockTimeout time.Duration
	// Recovery, where not nil, receives the recovery key of a store of format
	// 2 that is being made, or upgraded to, before the store is; with an error
	// from it no store is made. Where the store is not made after all, withdraw
	// is called, unless it is nil. Where Recovery is nil, a store has no
	// recovery key. It is called while other writers wait.
	Recovery func(ctx context.Context, key secret.Value) (withdraw func(), err error)
	// Created, where not nil, is told after a store was made.
	Created func(Info)
	// Logger is told what failed beside the point; nil discards it.
	Logger *slog.Logger
	// Clock dates the secrets; nil is time.Now.
	Clock func() time.Time
}

// Store is an encrypted store. It may be used by many goroutines, and the file
// by many Stores and processes.
//
// A Store remembers the key that opened the file, and asks for a password again
// only once that does not open it any more.
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

// New returns the store at c.Path, and touches nothing yet. Its error says what
// is missing in c.
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

// nameOf returns the name that ref stands for.
func nameOf(ref secret.Ref) (string, error) {
	if ref == (secret.Ref{}) || !ref.Bare() && ref.Scheme() != Scheme {
		return "", fmt.Errorf("%w: the encrypted store takes a bare name or %s://NAME", secret.ErrInvalidRef, Scheme)
	}
	return ref.Path(), nil
}

// newNameOf is nameOf for what is to be stored: it must be a bare name, so that
// a bare name can reach it.
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
